//! The lights of one environment before a camera, as OpenGL's fixed pipeline takes them, which is MuJoCo's.

use super::pose::{Pose, WorldFrame};
use crate::math::lanes::{Lanes, sin_cos};
use crate::math::rays::{dot, unit};
use crate::math::spatial::{V3, rotate_back, splat3, sub3};
use crate::model::{Headlight, Light, LightType};

/// Of a surface's shininess of 1 the exponent is this.
pub(super) const SHININESS: f64 = 128.0;

/// A light in the camera's frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lamp<L> {
    /// Where it is [m]; of parallel rays nowhere.
    pub place: Option<V3<L>>,
    /// Unit vector against its direction.
    pub towards: V3<L>,
    /// Of a spot the cosine at the edge of its cone, and how often the cosine counts.
    spot: Option<(L, u32)>,
    /// Constant, linear and quadratic.
    attenuation: V3<L>,
    pub ambient: V3<L>,
    pub diffuse: V3<L>,
    pub specular: V3<L>,
    pub casts: bool,
    /// It is at the camera: its direction is the camera's axis.
    pub is_head: bool,
}

/// All lights that shine.
pub(super) fn lamps<L: Lanes>(
    (lights, head): (&[Light], &Headlight),
    is_day: bool,
    pose: &Pose,
    eye: &WorldFrame,
    out: &mut Vec<Lamp<L>>,
) {
    out.clear();
    if is_day && lights.is_empty() {
        out.push(sun(eye));
    }
    if head.active {
        out.push(headlight(head));
    }
    for light in lights.iter().filter(|light| light.active) {
        let (pos, dir) = pose.light(light);
        out.push(lamp(light, pos, dir, eye));
    }
}

/// High, from the right and before of who looks along y.
fn sun<L: Lanes>(eye: &WorldFrame) -> Lamp<L> {
    const TOWARDS: V3<f64> = [0.42, -0.56, 0.714_142];
    Lamp {
        place: None,
        towards: splat3(rotate_back(&eye.mat, TOWARDS)),
        spot: None,
        attenuation: splat3([1.0, 0.0, 0.0]),
        ambient: splat3([0.15, 0.16, 0.18]),
        diffuse: splat3([0.7, 0.68, 0.64]),
        specular: splat3([0.25; 3]),
        casts: true,
        is_head: false,
    }
}

/// As in MuJoCo a directional light along the camera's view, without shadows.
fn headlight<L: Lanes>(head: &Headlight) -> Lamp<L> {
    Lamp {
        place: None,
        towards: splat3([0.0, 0.0, 1.0]),
        spot: None,
        attenuation: splat3([1.0, 0.0, 0.0]),
        ambient: splat3(head.ambient),
        diffuse: splat3(head.diffuse),
        specular: splat3(head.specular),
        casts: false,
        is_head: true,
    }
}

fn lamp<L: Lanes>(light: &Light, pos: V3<f64>, dir: V3<f64>, eye: &WorldFrame) -> Lamp<L> {
    let towards = rotate_back(&eye.mat, [-dir[0], -dir[1], -dir[2]]);
    let place = rotate_back(&eye.mat, sub3(pos, eye.pos));
    // OpenGL takes cones of up to 90 degrees, and all others for none.
    let is_cone = light.light_type == LightType::Spot && light.cutoff <= 90.0;
    let spot = is_cone.then(|| {
        let (_, cos) = sin_cos(light.cutoff.to_radians());
        (L::splat(cos), light.exponent.clamp(0.0, SHININESS).round() as u32)
    });
    Lamp {
        place: (light.light_type != LightType::Directional).then(|| splat3(place)),
        towards: splat3(towards),
        spot,
        attenuation: splat3(light.attenuation),
        ambient: splat3(light.ambient),
        diffuse: splat3(light.diffuse),
        specular: splat3(light.specular),
        casts: light.castshadow,
        is_head: false,
    }
}

impl<L: Lanes> Lamp<L> {
    /// From a point the unit direction to the light, its distance [m], and how much of it arrives.
    #[inline(always)]
    pub fn at(&self, point: V3<L>) -> (V3<L>, L, L) {
        let Some(place) = self.place else {
            return (self.towards, L::splat(crate::math::rays::NOWHERE), L::one());
        };
        let to = [place[0] - point[0], place[1] - point[1], place[2] - point[2]];
        let distance = dot(to, to).sqrt();
        let to = unit(to);
        let [constant, linear, quadratic] = self.attenuation;
        let fading = constant + distance * (linear + distance * quadratic);
        let mut arrives = L::one() / fading.max(L::splat(1e-6));
        if let Some((edge, exponent)) = self.spot {
            let cosine = dot(to, self.towards);
            let within = edge.le(cosine);
            arrives = L::select(within, arrives * power(cosine, exponent), L::zero());
        }
        (to, distance, arrives)
    }
}

/// A whole power, by squares. OpenGL takes any; the difference is not to be seen.
#[inline(always)]
pub(super) fn power<L: Lanes>(base: L, exponent: u32) -> L {
    if exponent == 0 {
        return L::one();
    }
    let mut square = base;
    for _ in 0..exponent.trailing_zeros() {
        square = square * square;
    }
    let (mut result, mut left) = (square, exponent >> exponent.trailing_zeros() >> 1);
    while left > 0 {
        square = square * square;
        if left & 1 == 1 {
            result = result * square;
        }
        left >>= 1;
    }
    result
}
