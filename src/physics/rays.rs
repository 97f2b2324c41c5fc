//! The geoms of a model as rays meet them, and rangefinders.

use super::data::Data;
use super::kinematics::place;
use super::params::Params;
use super::plan::{Axes, Plan};
use crate::math::lanes::Lanes;
use crate::math::rays::{Facing, NOWHERE, Solid, Surface, span};
use crate::math::spatial::{M3, V3, rotate_back, sub3};
use crate::model::{GeomType, Model};
use std::sync::Arc;

/// A geom's shape for rays, in its frame.
#[derive(Clone, Debug)]
pub enum RayShape {
    /// A shape with a closed form.
    Solid(Solid),
    /// Triangles, or the cells of a height field.
    Surface(Arc<Surface>),
}

/// The shapes of all geoms of a model. Geoms of one mesh or height field share its surface.
pub fn ray_shapes(model: &Model) -> Vec<RayShape> {
    // MuJoCo keeps vertices as 32-bit numbers.
    let single = |point: &[f64; 3]| point.map(|x| f64::from(x as f32));
    let mesh = |it: &crate::model::Mesh| {
        let points: Vec<[f64; 3]> = it.vertices.iter().map(single).collect();
        Arc::new(Surface::new(&points, &it.faces))
    };
    let field = |it: &crate::model::HeightField| {
        Arc::new(Surface::of_field(it.nrow, it.ncol, it.size, &it.data))
    };
    let meshes: Vec<Arc<Surface>> = model.meshes.iter().map(mesh).collect();
    let fields: Vec<Arc<Surface>> = model.hfields.iter().map(field).collect();
    let nothing = Arc::new(Surface::new(&[], &[]));
    let surface = |of: &[Arc<Surface>], index: Option<usize>| {
        RayShape::Surface(index.and_then(|it| of.get(it)).unwrap_or(&nothing).clone())
    };
    let shape = |geom: &crate::model::Geom| match geom.geom_type {
        GeomType::Mesh => surface(&meshes, geom.dataid),
        GeomType::HeightField => surface(&fields, geom.dataid),
        other => RayShape::Solid(solid(other)),
    };
    model.geoms.iter().map(shape).collect()
}

/// The closed form of a kind of geom or site. What has none, meshes and height fields, is never asked for.
pub(super) fn solid(geom_type: GeomType) -> Solid {
    match geom_type {
        GeomType::Plane => Solid::Plane,
        GeomType::Sphere => Solid::Sphere,
        GeomType::Capsule => Solid::Capsule,
        GeomType::Ellipsoid => Solid::Ellipsoid,
        GeomType::Cylinder => Solid::Cylinder,
        GeomType::Box | GeomType::Mesh | GeomType::HeightField => Solid::Box,
    }
}

/// Whether a geom is there for rays: not if its material is wholly transparent or, without one, itself
/// (mj_ray, of whose material the geom's own colour changes nothing).
pub fn is_visible(model: &Model, geom: usize) -> bool {
    let geom = &model.geoms[geom];
    let material = geom.matid.and_then(|index| model.materials.get(index));
    material.map_or(geom.rgba, |material| material.rgba)[3] != 0.0
}

/// The distance from a site along its z to the nearest geom of another body; -1 where there is none
/// (mj_sensorPos, mj_ray).
#[inline(always)]
pub(super) fn rangefinder<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>, site: usize) -> L {
    let mat = &d.site_xmat[site];
    let (from, along) = (d.site_xpos[site], [mat[2], mat[5], mat[8]]);
    let own = plan.model.sites[site].bodyid;
    let mut nearest = L::splat(NOWHERE);
    for (index, geom) in plan.model.geoms.iter().enumerate() {
        if geom.bodyid == own || !is_visible(&plan.model, index) {
            continue;
        }
        let body = geom.bodyid;
        let local = &p.geoms[index];
        let (pos, mat) = place(local, d.xpos[body], &d.xmat[body], Axes::All);
        let (from, along) = into(pos, &mat, from, along);
        let t = match &plan.ray_shapes[index] {
            RayShape::Solid(solid) => span(*solid, local.size, from, along).ahead(),
            RayShape::Surface(surface) => surface.meet(Facing::Both, from, along, nearest).0,
        };
        nearest = nearest.min(t);
    }
    L::select(nearest.lt(L::splat(NOWHERE)), nearest, -L::one())
}

/// A ray of the world in a frame.
#[inline(always)]
fn into<L: Lanes>(pos: V3<L>, mat: &M3<L>, from: V3<L>, along: V3<L>) -> (V3<L>, V3<L>) {
    (rotate_back(mat, sub3(from, pos)), rotate_back(mat, along))
}
