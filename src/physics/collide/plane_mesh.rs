//! A plane and a convex mesh: of the face at the deepest vertex that lies best on the plane the corners below the
//! margin, or those of four that are below it: the deepest and three with which that spans much, as MuJoCo has it.

use super::per_lane::Manifold;
use super::polygon::quad_with_first;
use super::{Contact, Shape, ShapeData};
use crate::math::spatial::*;

pub(super) const MOST: usize = 4;

pub(super) fn plane_mesh(a: &Shape<f64>, b: &Shape<f64>, found: &mut Manifold) {
    let ShapeData::Hull(hull) = b.data else { return };
    let normal = a.axis(2);
    let up: V3<f64> = std::array::from_fn(|k| dot3(b.axis(k), normal));
    let height = dot3(sub3(b.pos, a.pos), normal);
    let distance = |vertex: usize| dot3(up, hull.vertices[vertex]) + height;
    let deepest = hull.support(up.map(|part| -part));
    let mut push = |vertex: usize| {
        let dist = distance(vertex);
        let place = add3(rotate(&b.mat, hull.vertices[vertex]), b.pos);
        let pos = mul_add3(normal, -0.5 * dist, place);
        // Beyond the margin it is none.
        found.push(Contact { dist, pos, normal, tangent: [0.0; 3] });
    };
    let faces = hull.faces_at[deepest].iter().map(|&face| &hull.faces[face]);
    let lying = faces.min_by(|p, q| dot3(p.normal, up).total_cmp(&dot3(q.normal, up)));
    let Some(face) = lying else { return push(deepest) };
    // The order of the corners decides which four of them are taken: it begins with the deepest.
    let first = face.corners.iter().position(|&corner| corner == deepest).unwrap_or_default();
    let (before, from) = face.corners.split_at(first);
    let corners = [from, before].concat();
    if corners.len() <= MOST {
        return corners.into_iter().for_each(push);
    }
    let places: Vec<V3<f64>> = corners.iter().map(|&corner| hull.vertices[corner]).collect();
    quad_with_first(&places).into_iter().for_each(|i| push(corners[i]));
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cases, recorded, run};
    use crate::math::differences::largest;

    /// Faces of 4 to 14 corners, all or some of them below the margin (`tests/golden/planes.json`): MuJoCo's contacts,
    /// in its order.
    #[test]
    fn of_a_face_with_many_corners_mujoco_s_touch_a_plane() {
        let golden = recorded("planes.json");
        let mut field = recorded("contacts.json");
        field["meshes"] = golden["meshes"].clone();
        let cases = cases(&field, &golden["pairs"]);
        assert!(cases.len() >= 400);
        let mut of_four = 0;
        for case in &cases {
            let ours = run::<f64>(case);
            assert_eq!(ours.len(), case.contacts.len(), "{}", case.name);
            of_four += usize::from(ours.len() == 4);
            for (mine, theirs) in ours.iter().zip(&case.contacts) {
                let error = largest((0..7).map(|k| (mine[k] - theirs[k]).abs()));
                assert!(error < 1e-9, "{}: {error:.1e}", case.name);
            }
        }
        assert!(of_four >= 100);
    }
}
