//! Where everything of one environment is: bodies, cameras, lights (mj_camlight).

use crate::math::lanes::Lanes;
use crate::math::spatial::{M3, V3, add3, cross3, quat_to_mat, rotate, sub3};
use crate::model::{CamLightMode, Camera, Light};
use crate::physics::Data;

/// Shorter vectors have no direction.
const SHORTEST: f64 = 1e-12;

/// The bodies of one environment in the world.
#[derive(Clone, Debug, Default)]
pub struct Pose {
    /// Positions of the bodies \[m\], shape (nbody,).
    pub xpos: Vec<V3<f64>>,
    /// Axes of the bodies, the columns of row-major matrices, shape (nbody,).
    pub xmat: Vec<M3<f64>>,
    /// Centres of mass of the bodies with all that hangs on them \[m\], shape (nbody,).
    pub subtree_com: Vec<V3<f64>>,
}

/// A frame in the world: a place and axes, the columns of a row-major matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorldFrame {
    /// Position \[m\].
    pub pos: V3<f64>,
    /// Axes: the columns of a row-major matrix.
    pub mat: M3<f64>,
}

impl Pose {
    /// Takes over one lane of a work bench whose bodies are up to date (`physics::refresh`, or
    /// `physics::place` where no camera or light follows a centre of mass).
    pub fn take<L: Lanes>(&mut self, data: &Data<L>, lane: usize) {
        let one = |v: &V3<L>| v.map(|x| x.lane(lane));
        self.xpos.clear();
        self.xpos.extend(data.xpos.iter().map(one));
        self.xmat.clear();
        self.xmat.extend(data.xmat.iter().map(|m| m.map(|x| x.lane(lane))));
        self.subtree_com.clear();
        self.subtree_com.extend(data.subtree_com.iter().map(one));
    }

    /// One lane of a work bench.
    pub fn of<L: Lanes>(data: &Data<L>, lane: usize) -> Self {
        let mut pose = Self::default();
        pose.take(data, lane);
        pose
    }

    /// Whether every body is somewhere.
    pub fn is_finite(&self) -> bool {
        let numbers = self.xpos.iter().flatten().chain(self.xmat.iter().flatten());
        numbers.chain(self.subtree_com.iter().flatten()).all(|x| x.is_finite())
    }

    /// The frame of what is fixed to a body.
    pub(super) fn fixed(&self, bodyid: usize, pos: V3<f64>, mat: &M3<f64>) -> WorldFrame {
        let (origin, axes) = (self.xpos[bodyid], &self.xmat[bodyid]);
        WorldFrame { pos: add3(rotate(axes, pos), origin), mat: product(axes, mat) }
    }

    /// A camera in the world: it looks along -z, x is to the right.
    pub fn camera(&self, camera: &Camera) -> WorldFrame {
        let mut frame = self.fixed(camera.bodyid, camera.pos, &quat_to_mat(camera.quat));
        match camera.mode {
            CamLightMode::Fixed => {}
            CamLightMode::Track => {
                frame.pos = add3(self.xpos[camera.bodyid], camera.pos0);
                frame.mat = camera.mat0;
            }
            CamLightMode::TrackCom => {
                frame.pos = add3(self.subtree_com[camera.bodyid], camera.poscom0);
                frame.mat = camera.mat0;
            }
            CamLightMode::TargetBody | CamLightMode::TargetBodyCom => {
                if let Some(target) = self.target(camera.mode, camera.targetbodyid) {
                    frame.mat = facing(sub3(frame.pos, target));
                }
            }
        }
        frame
    }

    /// A light in the world: where it is and its unit direction.
    pub fn light(&self, light: &Light) -> (V3<f64>, V3<f64>) {
        let frame = self.fixed(light.bodyid, light.pos, &IDENTITY);
        let (mut pos, mut dir) = (frame.pos, rotate(&self.xmat[light.bodyid], light.dir));
        match light.mode {
            CamLightMode::Fixed => {}
            CamLightMode::Track => {
                (pos, dir) = (add3(self.xpos[light.bodyid], light.pos0), light.dir0);
            }
            CamLightMode::TrackCom => {
                (pos, dir) = (add3(self.subtree_com[light.bodyid], light.poscom0), light.dir0);
            }
            CamLightMode::TargetBody | CamLightMode::TargetBodyCom => {
                if let Some(target) = self.target(light.mode, light.targetbodyid) {
                    dir = sub3(target, pos);
                }
            }
        }
        (pos, direction(dir))
    }

    fn target(&self, mode: CamLightMode, body: Option<usize>) -> Option<V3<f64>> {
        let places = match mode {
            CamLightMode::TargetBodyCom => &self.subtree_com,
            _ => &self.xpos,
        };
        places.get(body?).copied()
    }
}

pub(super) const IDENTITY: M3<f64> = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

/// With length one; of none along x, as MuJoCo has it.
fn direction(v: V3<f64>) -> V3<f64> {
    let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    if length < SHORTEST { [1.0, 0.0, 0.0] } else { v.map(|x| x / length) }
}

/// Axes of a camera that is seen from its target in this direction: z is along it, x level.
pub(super) fn facing(back: V3<f64>) -> M3<f64> {
    let z = direction(back);
    let x = direction(cross3([0.0, 0.0, 1.0], z));
    let y = direction(cross3(z, x));
    [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]]
}

fn product(a: &M3<f64>, b: &M3<f64>) -> M3<f64> {
    std::array::from_fn(|i| {
        let (row, col) = (3 * (i / 3), i % 3);
        a[row] * b[col] + a[row + 1] * b[3 + col] + a[row + 2] * b[6 + col]
    })
}
