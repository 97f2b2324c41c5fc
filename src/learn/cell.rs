//! One step of a recurrent layer after its products: elementwise kernels, forth and back.
//!
//! `a` is what the input gives to the gates, `u` what the hidden state gives, both with their biases;
//! rows of all gates, one after the other, are (n_gates * size,).

use super::activation::{kernel, sigmoid, tanh};

kernel! {
    /// i, f, o = sigmoid(a + u), g = tanh(a + u), c = f c' + i g, h = o tanh c (Gers et al., 2000), with
    /// c' that of the step before. The gates take the place of `a`.
    pub(super) fn lstm_forward(
        a: &mut [f32],
        u: &[f32],
        c_before: &[f32],
        c: &mut [f32],
        tanh_c: &mut [f32],
        h: &mut [f32],
        size: usize,
    ) {
        let gates = a.chunks_exact_mut(4 * size).zip(u.chunks_exact(4 * size));
        for (row, (gates, u)) in gates.enumerate() {
            for (gate, (a, u)) in gates.chunks_exact_mut(size).zip(u.chunks_exact(size)).enumerate() {
                for (a, u) in a.iter_mut().zip(u) {
                    *a = if gate == 2 { tanh(*a + u) } else { sigmoid(*a + u) };
                }
            }
            let range = row * size..(row + 1) * size;
            let (c, h) = (&mut c[range.clone()], &mut h[range.clone()]);
            let (c_before, tanh_c) = (&c_before[range.clone()], &mut tanh_c[range]);
            let (i, rest) = gates.split_at(size);
            let (f, rest) = rest.split_at(size);
            let (g, o) = rest.split_at(size);
            for k in 0..size {
                c[k] = f[k] * c_before[k] + i[k] * g[k];
                tanh_c[k] = tanh(c[k]);
                h[k] = o[k] * tanh_c[k];
            }
        }
    }
}

kernel! {
    /// The derivatives `da` by a (and by u), from those by h and c, `dh` and `dc`; `dc` becomes that by
    /// c of the step before.
    pub(super) fn lstm_backward(
        gates: &[f32],
        tanh_c: &[f32],
        c_before: &[f32],
        dh: &[f32],
        dc: &mut [f32],
        da: &mut [f32],
        size: usize,
    ) {
        for (row, (gates, da)) in
            gates.chunks_exact(4 * size).zip(da.chunks_exact_mut(4 * size)).enumerate()
        {
            let range = row * size..(row + 1) * size;
            let (dh, dc) = (&dh[range.clone()], &mut dc[range.clone()]);
            let (c_before, tanh_c) = (&c_before[range.clone()], &tanh_c[range]);
            let (i, rest) = gates.split_at(size);
            let (f, rest) = rest.split_at(size);
            let (g, o) = rest.split_at(size);
            let (di, rest) = da.split_at_mut(size);
            let (df, rest) = rest.split_at_mut(size);
            let (dg, d_o) = rest.split_at_mut(size);
            for k in 0..size {
                let slope = dc[k] + dh[k] * o[k] * (1.0 - tanh_c[k] * tanh_c[k]);
                di[k] = slope * g[k] * i[k] * (1.0 - i[k]);
                df[k] = slope * c_before[k] * f[k] * (1.0 - f[k]);
                dg[k] = slope * i[k] * (1.0 - g[k] * g[k]);
                d_o[k] = dh[k] * tanh_c[k] * o[k] * (1.0 - o[k]);
                dc[k] = slope * f[k];
            }
        }
    }
}

kernel! {
    /// r, z = sigmoid(a + u), n = tanh(a + r u), h = (1 - z) n + z h' (Cho et al., 2014), with h' that of
    /// the step before. The gates take the place of `a`; `u_n` gets the candidate's u.
    pub(super) fn gru_forward(
        a: &mut [f32],
        u: &[f32],
        h_before: &[f32],
        u_n: &mut [f32],
        h: &mut [f32],
        size: usize,
    ) {
        for (row, (gates, u)) in
            a.chunks_exact_mut(3 * size).zip(u.chunks_exact(3 * size)).enumerate()
        {
            let range = row * size..(row + 1) * size;
            let (h, h_before) = (&mut h[range.clone()], &h_before[range.clone()]);
            let u_n = &mut u_n[range];
            let (r, rest) = gates.split_at_mut(size);
            let (z, n) = rest.split_at_mut(size);
            let (u_r, rest) = u.split_at(size);
            let (u_z, u_candidate) = rest.split_at(size);
            for k in 0..size {
                r[k] = sigmoid(r[k] + u_r[k]);
                z[k] = sigmoid(z[k] + u_z[k]);
                u_n[k] = u_candidate[k];
                n[k] = tanh(n[k] + r[k] * u_n[k]);
                h[k] = (1.0 - z[k]) * n[k] + z[k] * h_before[k];
            }
        }
    }
}

kernel! {
    /// The derivatives `da` by a and `du` by u, from that by h, `dh`, which becomes what goes to h of
    /// the step before past the gates.
    pub(super) fn gru_backward(
        gates: &[f32],
        u_n: &[f32],
        h_before: &[f32],
        dh: &mut [f32],
        da: &mut [f32],
        du: &mut [f32],
        size: usize,
    ) {
        let slopes = da.chunks_exact_mut(3 * size).zip(du.chunks_exact_mut(3 * size));
        for (row, (gates, (da, du))) in gates.chunks_exact(3 * size).zip(slopes).enumerate() {
            let range = row * size..(row + 1) * size;
            let (dh, h_before) = (&mut dh[range.clone()], &h_before[range.clone()]);
            let u_n = &u_n[range];
            let (r, rest) = gates.split_at(size);
            let (z, n) = rest.split_at(size);
            let (dr, rest) = da.split_at_mut(size);
            let (dz, dn) = rest.split_at_mut(size);
            let (du_r, rest) = du.split_at_mut(size);
            let (du_z, du_n) = rest.split_at_mut(size);
            for k in 0..size {
                dn[k] = dh[k] * (1.0 - z[k]) * (1.0 - n[k] * n[k]);
                dz[k] = dh[k] * (h_before[k] - n[k]) * z[k] * (1.0 - z[k]);
                dr[k] = dn[k] * u_n[k] * r[k] * (1.0 - r[k]);
                (du_r[k], du_z[k], du_n[k]) = (dr[k], dz[k], dn[k] * r[k]);
                dh[k] *= z[k];
            }
        }
    }
}
