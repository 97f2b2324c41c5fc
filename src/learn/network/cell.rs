//! One step of a recurrent layer after its products: elementwise kernels, forward and backward.
//!
//! `a` is what the input gives to a gate, `u` what the hidden state gives, both with their biases. All
//! slices of a call are of the same elements.

use super::activation::sigmoid;
use crate::math::kernel::kernel;
use crate::math::lanes::tanh;

kernel! {
    /// i, f, o = sigmoid(a + u), g = tanh(a + u), c = f c' + i g, h = o tanh c (Gers et al., 2000), with
    /// c' that of the step before. The gates, in the order i, f, g, o, take the place of a + u.
    pub(super) fn lstm_forward(
        gates: [&mut [f32]; 4],
        c_before: &[f32],
        c: &mut [f32],
        tanh_c: &mut [f32],
        h: &mut [f32],
    ) {
        let n = h.len();
        let [i, f, g, o] = gates.map(|gate| &mut gate[..n]);
        let (c_before, c, tanh_c) = (&c_before[..n], &mut c[..n], &mut tanh_c[..n]);
        for k in 0..n {
            i[k] = sigmoid(i[k]);
            f[k] = sigmoid(f[k]);
            g[k] = tanh(g[k]);
            o[k] = sigmoid(o[k]);
            c[k] = f[k] * c_before[k] + i[k] * g[k];
            tanh_c[k] = tanh(c[k]);
            h[k] = o[k] * tanh_c[k];
        }
    }
}

kernel! {
    /// The derivatives `da` by a + u of each gate, from those by h and c, `dh` and `dc`; `dc` becomes that
    /// by c of the step before.
    pub(super) fn lstm_backward(
        gates: [&[f32]; 4],
        tanh_c: &[f32],
        c_before: &[f32],
        dh: &[f32],
        dc: &mut [f32],
        da: [&mut [f32]; 4],
    ) {
        let n = dh.len();
        let [i, f, g, o] = gates.map(|gate| &gate[..n]);
        let [di, df, dg, d_o] = da.map(|da| &mut da[..n]);
        let (tanh_c, c_before, dc) = (&tanh_c[..n], &c_before[..n], &mut dc[..n]);
        for k in 0..n {
            let slope = dc[k] + dh[k] * o[k] * (1.0 - tanh_c[k] * tanh_c[k]);
            di[k] = slope * g[k] * i[k] * (1.0 - i[k]);
            df[k] = slope * c_before[k] * f[k] * (1.0 - f[k]);
            dg[k] = slope * i[k] * (1.0 - g[k] * g[k]);
            d_o[k] = dh[k] * tanh_c[k] * o[k] * (1.0 - o[k]);
            dc[k] = slope * f[k];
        }
    }
}

kernel! {
    /// r, z = sigmoid(a + u), n = tanh(a + r u), h = (1 - z) n + z h' (Cho et al., 2014), with h' that of
    /// the step before. The gates, in the order r, z, n, take the place of `a`; `u_n` keeps the
    /// candidate's u.
    pub(super) fn gru_forward(
        a: [&mut [f32]; 3],
        u: [&[f32]; 3],
        h_before: &[f32],
        u_n: &mut [f32],
        h: &mut [f32],
    ) {
        let len = h.len();
        let [r, z, n] = a.map(|a| &mut a[..len]);
        let [u_r, u_z, u_candidate] = u.map(|u| &u[..len]);
        let (h_before, u_n) = (&h_before[..len], &mut u_n[..len]);
        for k in 0..len {
            r[k] = sigmoid(r[k] + u_r[k]);
            z[k] = sigmoid(z[k] + u_z[k]);
            u_n[k] = u_candidate[k];
            n[k] = tanh(n[k] + r[k] * u_n[k]);
            h[k] = (1.0 - z[k]) * n[k] + z[k] * h_before[k];
        }
    }
}

kernel! {
    /// The derivatives `da` by a and `du` by u, from that by h, `dh`, which becomes what goes to h of
    /// the step before past the gates.
    pub(super) fn gru_backward(
        gates: [&[f32]; 3],
        u_n: &[f32],
        h_before: &[f32],
        dh: &mut [f32],
        da: [&mut [f32]; 3],
        du: [&mut [f32]; 3],
    ) {
        let len = dh.len();
        let [r, z, n] = gates.map(|gate| &gate[..len]);
        let [dr, dz, dn] = da.map(|da| &mut da[..len]);
        let [du_r, du_z, du_n] = du.map(|du| &mut du[..len]);
        let (u_n, h_before) = (&u_n[..len], &h_before[..len]);
        for k in 0..len {
            dn[k] = dh[k] * (1.0 - z[k]) * (1.0 - n[k] * n[k]);
            dz[k] = dh[k] * (h_before[k] - n[k]) * z[k] * (1.0 - z[k]);
            dr[k] = dn[k] * u_n[k] * r[k] * (1.0 - r[k]);
            (du_r[k], du_z[k], du_n[k]) = (dr[k], dz[k], dn[k] * r[k]);
            dh[k] *= z[k];
        }
    }
}
