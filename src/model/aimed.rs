//! Cameras that are made in a program and not by a file.

use super::frames::{cross, normalize, quat_from_axes, sub};
use super::types::{CamLightMode, Camera, Vec3};

impl Camera {
    /// A camera on a body, at a place and turned to another, both in the body's frame \[m\], with the frame's z axis up
    /// in its picture; straight up or down, y is up. It sees `fovy` from top to bottom \[degrees\]. None if both places
    /// are one, or no numbers.
    pub fn looking(
        name: &str,
        bodyid: usize,
        (pos, target): (Vec3, Vec3),
        fovy: f64,
    ) -> Option<Self> {
        let (z, _) = normalize(sub(pos, target))?;
        let level = normalize(cross([0.0, 0.0, 1.0], z));
        let x = level.filter(|(_, length)| *length > 1e-9).map_or([1.0, 0.0, 0.0], |(x, _)| x);
        let y = cross(z, x);
        if !pos.iter().chain(&target).all(|number| number.is_finite()) {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            mode: CamLightMode::Fixed,
            bodyid,
            targetbodyid: None,
            pos,
            quat: quat_from_axes(x, y, z),
            // Only what tracks goes by them.
            pos0: [0.0; 3],
            poscom0: [0.0; 3],
            mat0: [0.0; 9],
            orthographic: false,
            fovy,
            resolution: [1; 2],
            sensorsize: [0.0; 2],
            intrinsic: [0.01, 0.01, 0.0, 0.0],
        })
    }
}
