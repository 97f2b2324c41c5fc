//! A mesh as it is simulated: in the frame of its principal axes, with its volume and hull.

use super::hull::{ConvexHull, convex_hull};
use super::mesh_file::{MAX_CORNERS, Raw, parse};
use super::{Solid, format_of, polygon, read_file};
use crate::diagnostic::counted;
use crate::model::diagnostic::Diagnostics;
use crate::model::files::Files;
use crate::model::frames::{Mat3, Pose, add, cross, dot, normalize, quat_conj, rotate, scale, sub};
use crate::model::inertia::principal_axes;
use crate::model::spec::{Compiler, MeshInertia, MeshSpec};
use crate::model::types::{Mesh, Vec3};

/// Triangles with less area than this [m^2] count for nothing, and less volume [m^3] is none
/// (`mjMINVAL`).
const MIN_VAL: f64 = 1e-15;
/// MuJoCo turns a mesh until its products of inertia are below this part of the largest moment (4.0, by
/// experiment). The axes are those of its body and of shapes that lie along it, so we stop there too.
const AXES_PRECISION: f64 = 1e-7;
/// Moments of inertia at density one [m^5] that are as small as their rounding.
const SMALL: f64 = 1e-8;

/// `touches` says that its hull is needed for contacts.
pub(super) fn load(
    spec: &MeshSpec,
    files: &Files,
    compiler: &Compiler,
    touches: bool,
    sink: &mut Diagnostics,
) -> Option<Solid> {
    let mut raw = read_raw(spec, files, compiler, sink)?;
    let origin = &spec.origin;
    let needs_hull = touches || raw.faces.is_empty() || spec.inertia == MeshInertia::Convex;
    // Before it is scaled: what is one side of it is decided in the file's own frame.
    let mut hull = if needs_hull { convex_hull(&raw.vertices) } else { None };
    transform(&mut raw, hull.as_mut(), spec, sink)?;
    if needs_hull && hull.is_none() && (spec.inertia != MeshInertia::Shell || touches) {
        let message = "its points lie in a plane: it has no inside";
        sink.error(origin, message, "use a thin box, or give the mesh a thickness");
        return None;
    }
    let hull = hull.unwrap_or_default();
    if raw.faces.is_empty() {
        // A cloud of points stands for its hull.
        raw = Raw { vertices: hull.vertices.clone(), faces: hull.triangles.clone(), ..raw };
    }
    let (vertices, faces) = match spec.inertia {
        MeshInertia::Convex => (&hull.vertices, &hull.triangles),
        _ => (&raw.vertices, &raw.faces),
    };
    let triangles: Vec<Triangle> = faces
        .iter()
        .map(|face| Triangle::new(face.map(|corner| vertices[corner as usize])))
        .filter(|triangle| triangle.area > MIN_VAL)
        .collect();
    let Some(mass) = mass_properties(&triangles, spec.inertia) else {
        let message = "its volume or its moments of inertia are not above zero";
        let remedy = match spec.inertia {
            MeshInertia::Exact => {
                "turn all faces outward and close the surface, or use inertia=\"convex\""
            }
            _ => "use inertia=\"shell\" for an open surface, or inertia=\"convex\"",
        };
        sink.error(origin, message, remedy);
        return None;
    };
    let back = quat_conj(mass.pose.quat);
    let place = |points: &[Vec3]| -> Vec<Vec3> {
        points.iter().map(|point| rotate(back, sub(*point, mass.pose.pos))).collect()
    };
    let mesh = Mesh {
        name: spec.name.clone(),
        vertices: place(&raw.vertices),
        faces: raw.faces,
        hull: place(&hull.vertices),
        hull_faces: hull.triangles,
        hull_sides: hull.sides,
    };
    let half_extents = [0, 1, 2]
        .map(|k| mesh.vertices.iter().fold(0.0, |most: f64, vertex| most.max(vertex[k].abs())));
    Some(Solid { mesh, pose: mass.pose, volume: mass.volume, inertia: mass.inertia, half_extents })
}

fn read_raw(
    spec: &MeshSpec,
    files: &Files,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> Option<Raw> {
    let origin = &spec.origin;
    let raw = match &spec.file {
        Some(file) => {
            let bytes = read_file(file, files, compiler, origin, sink)?;
            match parse(&format_of(file, spec.content_type.as_deref()), &bytes) {
                Ok(raw) => {
                    if raw.n_left_out > 0 {
                        let message = format!(
                            "{} of \"{file}\" left out, as in MuJoCo: polygons of other objects than the first, or \
                             of more than {} corners",
                            counted(raw.n_left_out, "face"),
                            polygon::MAX_CORNERS
                        );
                        sink.note_once(file, origin, message);
                    }
                    raw
                }
                Err(what) => {
                    let message = format!("\"{file}\" is not a mesh: {what}");
                    sink.error(origin, message, "export it again as OBJ or binary STL");
                    return None;
                }
            }
        }
        None => inline(spec, sink)?,
    };
    let count = raw.vertices.len();
    let wrong = if count < 4 {
        Some(format!("it has {count} vertices"))
    } else if count.max(raw.faces.len() * 3) > MAX_CORNERS {
        Some(format!("it has {count} vertices and {} faces", raw.faces.len()))
    } else if raw.faces.iter().flatten().any(|corner| *corner as usize >= count) {
        Some("a face has a vertex that is not there".to_owned())
    } else {
        None
    };
    if let Some(message) = wrong {
        sink.error(origin, message, format!("a mesh has 4 to {MAX_CORNERS} vertices"));
        return None;
    }
    Some(raw)
}

/// Vertices and faces in the XML itself.
fn inline(spec: &MeshSpec, sink: &mut Diagnostics) -> Option<Raw> {
    let origin = &spec.origin;
    if spec.vertex.is_empty() {
        sink.error(origin, "the mesh has neither a file nor vertices", "add file=\"...\"");
        return None;
    }
    let is_index = |x: &f64| *x >= 0.0 && x.fract() == 0.0 && *x < f64::from(u32::MAX);
    if !spec.vertex.len().is_multiple_of(3)
        || !spec.face.len().is_multiple_of(3)
        || !spec.face.iter().all(is_index)
    {
        let message = "vertex and face are lists of three numbers each, faces of whole ones";
        sink.error(origin, message, "count the numbers");
        return None;
    }
    Some(Raw {
        // MuJoCo keeps vertices as 32-bit numbers.
        vertices: spec
            .vertex
            .chunks_exact(3)
            .map(|point| [0, 1, 2].map(|k| f64::from(point[k] as f32)))
            .collect(),
        faces: spec.face.chunks_exact(3).map(|face| [0, 1, 2].map(|k| face[k] as u32)).collect(),
        n_left_out: 0,
    })
}

/// `refpos`, `refquat` and `scale`, of a mesh and of its hull. A scale that mirrors turns the faces inside out, which is
/// undone.
fn transform(
    raw: &mut Raw,
    mut hull: Option<&mut ConvexHull>,
    spec: &MeshSpec,
    sink: &mut Diagnostics,
) -> Option<()> {
    let Some((quat, _)) = normalize(spec.refquat) else {
        let message = "refquat has no direction";
        sink.error(&spec.origin, message, "give it a length above zero");
        return None;
    };
    if spec.scale.contains(&0.0) {
        sink.error(&spec.origin, "a scale of the mesh is zero", "write three other numbers");
        return None;
    }
    let back = quat_conj(quat);
    let of_hull = hull.iter_mut().flat_map(|hull| &mut hull.vertices);
    for vertex in raw.vertices.iter_mut().chain(of_hull) {
        let turned = rotate(back, sub(*vertex, spec.refpos));
        *vertex = [0, 1, 2].map(|k| turned[k] * spec.scale[k]);
    }
    if !raw.vertices.iter().flatten().all(|x| x.abs() < 1e30) {
        sink.error(&spec.origin, "its vertices are too far away", "check its numbers and scale");
        return None;
    }
    if spec.scale.iter().product::<f64>() < 0.0 {
        let of_hull = hull.iter_mut().flat_map(|hull| &mut hull.triangles);
        raw.faces.iter_mut().chain(of_hull).for_each(|face| face.swap(1, 2));
    }
    Some(())
}

struct Triangle {
    corners: [Vec3; 3],
    centre: Vec3,
    normal: Vec3,
    area: f64,
}

impl Triangle {
    fn new(corners: [Vec3; 3]) -> Self {
        let [a, b, c] = corners;
        let normal = cross(sub(b, a), sub(c, a));
        let length = dot(normal, normal).sqrt();
        Self {
            corners,
            centre: scale(add(add(a, b), c), 1.0 / 3.0),
            normal: scale(normal, 1.0 / length.max(f64::MIN_POSITIVE)),
            area: length / 2.0,
        }
    }

    /// Volume of the pyramid over it, negative if its outside looks towards the apex.
    fn pyramid(&self, apex: Vec3) -> f64 {
        self.area * dot(sub(self.centre, apex), self.normal) / 3.0
    }

    fn moved(&self, by: Vec3) -> Self {
        let corners = self.corners.map(|corner| sub(corner, by));
        Self { corners, centre: sub(self.centre, by), normal: self.normal, area: self.area }
    }
}

struct MassOfMesh {
    pose: Pose,
    volume: f64,
    inertia: Vec3,
}

/// By pyramids over the triangles, as MuJoCo does; none if nothing positive comes out.
fn mass_properties(triangles: &[Triangle], mode: MeshInertia) -> Option<MassOfMesh> {
    let area: f64 = triangles.iter().map(|triangle| triangle.area).sum();
    if area <= MIN_VAL {
        return None;
    }
    let weighted = |sum: Vec3, (point, weight): (Vec3, f64)| add(sum, scale(point, weight));
    let middle = triangles.iter().map(|it| (it.centre, it.area)).fold([0.0; 3], weighted);
    let middle = scale(middle, 1.0 / area);
    // The old way takes every pyramid for positive.
    let sign = |volume: f64| if mode == MeshInertia::Legacy { volume.abs() } else { volume };
    let is_shell = mode == MeshInertia::Shell;
    let (volume, centre) = if is_shell {
        (area, middle)
    } else {
        let parts = triangles.iter().map(|triangle| {
            let mid = add(scale(triangle.centre, 0.75), scale(middle, 0.25));
            (mid, sign(triangle.pyramid(middle)))
        });
        let volume: f64 = parts.clone().map(|(_, volume)| volume).sum();
        if volume <= MIN_VAL {
            return None;
        }
        (volume, scale(parts.fold([0.0; 3], weighted), 1.0 / volume))
    };
    let mut products: Mat3 = [[0.0; 3]; 3];
    // Where pyramids overlap their sum depends on the apex; MuJoCo weighs those from the centre.
    let mut seen_from_centre = 0.0;
    for triangle in triangles.iter().map(|triangle| triangle.moved(centre)) {
        let sum = triangle.corners.iter().fold([0.0; 3], |sum, corner| add(sum, *corner));
        let weight = match is_shell {
            true => triangle.area / 12.0,
            false => sign(triangle.pyramid([0.0; 3])) / 20.0,
        };
        seen_from_centre += weight * 20.0;
        for row in 0..3 {
            for column in 0..3 {
                let squares: f64 =
                    triangle.corners.iter().map(|corner| corner[row] * corner[column]).sum();
                products[row][column] += weight * (squares + sum[row] * sum[column]);
            }
        }
    }
    let trace = products[0][0] + products[1][1] + products[2][2];
    let mut tensor = products.map(|row| row.map(|x| -x));
    (0..3).for_each(|k| tensor[k][k] += trace);
    // Small parts are scaled up, so that they are not taken for nothing.
    let largest = tensor.iter().flatten().fold(0.0, |most: f64, x| most.max(x.abs()));
    if !(largest > 0.0 && largest.is_finite()) {
        return None;
    }
    let unit = if largest > SMALL { 1.0 } else { largest };
    let (quat, moments) = principal_axes(tensor.map(|row| row.map(|x| x / unit)), AXES_PRECISION)?;
    let inertia = scale(moments, unit);
    let volume = if is_shell { volume } else { seen_from_centre };
    Some(MassOfMesh { pose: Pose { pos: centre, quat }, volume, inertia })
}
