//! Files of meshes: OBJ, STL (binary and text) and MuJoCo's MSH.

use std::borrow::Cow;

use super::polygon::{MAX_CORNERS as MAX_CORNERS_OF_POLYGON, triangles};
use crate::model::types::Vec3;

/// Vertices and triangles as they stand in a file.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub vertices: Vec<Vec3>,
    pub faces: Vec<[u32; 3]>,
    /// Polygons of an OBJ file that are of other objects than the first, or have too many corners.
    pub n_left_out: usize,
}

/// More corners than this are taken for a mistake; robots' parts have a few thousand.
pub(super) const MAX_CORNERS: usize = 600_000;

type Parsed = Result<Raw, String>;

/// What is wrong with a mesh of so many triangles.
fn too_many(than: &str, count: usize) -> String {
    let most = MAX_CORNERS / 3;
    let count = format!("{than} {count}");
    format!("it has {} triangles; up to {most} are read: simplify it", count.trim_start())
}

/// The mesh in these bytes, or what is wrong with them.
pub(super) fn parse(format: &str, bytes: &[u8]) -> Parsed {
    match format {
        "obj" => parse_obj(bytes),
        "stl" => parse_stl(bytes),
        "msh" => parse_msh(bytes),
        _ => Err(format!("\"{format}\" is not a format that is read: use OBJ, STL or MSH")),
    }
}

/// What counts of a mesh is plain ASCII. Names and comments may be in any encoding.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn parse_obj(bytes: &[u8]) -> Parsed {
    let mut raw = Raw::default();
    let mut is_over = false;
    for (number, line) in text(bytes).lines().enumerate() {
        let wrong = |what: &str| format!("line {}: {what}", number + 1);
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("v") => raw.vertices.push(vertex(words).ok_or_else(|| wrong("no vertex"))?),
            // MuJoCo takes the faces of a file's first object, and the vertices of all.
            Some("f") if is_over => raw.n_left_out += 1,
            Some("f") => {
                let corners: Option<Vec<u32>> =
                    words.map(|word| obj_index(word, raw.vertices.len())).collect();
                let corners =
                    corners.ok_or_else(|| wrong("a face of vertices that are not there"))?;
                raw.n_left_out += usize::from(corners.len() > MAX_CORNERS_OF_POLYGON);
                raw.faces.extend(triangles(&raw.vertices, &corners));
                if raw.faces.len() * 3 > MAX_CORNERS {
                    return Err(too_many("more than", MAX_CORNERS / 3));
                }
            }
            // Without the space that comes before its name MuJoCo sees none.
            Some("o" | "g") => {
                is_over |= line.trim_start()[1..].starts_with([' ', '\t']) && !raw.faces.is_empty();
            }
            // Normals, texture coordinates, materials.
            _ => {}
        }
    }
    Ok(raw)
}

fn vertex<'a>(words: impl Iterator<Item = &'a str>) -> Option<Vec3> {
    let numbers: Vec<f64> =
        words.take(3).map(|word| word.parse().ok()).collect::<Option<Vec<f64>>>()?;
    let vertex = <Vec3>::try_from(numbers).ok()?;
    // MuJoCo keeps vertices as 32-bit numbers.
    Some(vertex.map(|x| f64::from(x as f32))).filter(|it| it.iter().all(|x| x.is_finite()))
}

/// "7/1/2" is vertex 7, from 1; "-1" is the last one so far.
fn obj_index(word: &str, count: usize) -> Option<u32> {
    let index: i64 = word.split('/').next()?.parse().ok()?;
    let count = count as i64;
    let index = if index < 0 { count + index } else { index - 1 };
    u32::try_from(index).ok().filter(|_| (0..count).contains(&index))
}

fn parse_stl(bytes: &[u8]) -> Parsed {
    let count = bytes.get(80..84).map(|count| u32_at(count, 0) as usize);
    match count {
        Some(count) if count.checked_mul(50).map(|size| size + 84) == Some(bytes.len()) => {
            if count * 3 > MAX_CORNERS {
                return Err(too_many("", count));
            }
            let triangles = bytes[84..].chunks_exact(50);
            join(triangles.flat_map(|triangle| {
                [12, 24, 36].map(|at| [0, 4, 8].map(|k| f32_at(triangle, at + k)))
            }))
        }
        _ if bytes.trim_ascii_start().starts_with(b"solid") => {
            let text = text(bytes);
            let mut corners = Vec::new();
            let mut words = text.split_ascii_whitespace();
            while let Some(word) = words.next() {
                if word == "vertex" {
                    let corner = vertex(words.by_ref()).ok_or("a vertex is not three numbers")?;
                    corners.push(corner.map(|x| x as f32));
                }
            }
            if corners.len() > MAX_CORNERS {
                return Err(too_many("", corners.len() / 3));
            }
            if corners.is_empty() || !corners.len().is_multiple_of(3) {
                return Err(format!("it has {} corners of triangles", corners.len()));
            }
            join(corners.into_iter())
        }
        Some(count) => Err(format!(
            "it says that it has {count} faces, which does not fit its {} bytes",
            bytes.len()
        )),
        None => Err("it is too short for an STL file".to_owned()),
    }
}

/// Corners of triangles into vertices, each once.
fn join(corners: impl Iterator<Item = [f32; 3]>) -> Parsed {
    let mut raw = Raw::default();
    let mut seen = std::collections::HashMap::new();
    let mut indices = Vec::new();
    for corner in corners {
        if !corner.iter().all(|x| x.is_finite()) {
            return Err("a vertex is not finite".to_owned());
        }
        // -0 is 0.
        let bits = corner.map(|x| (x + 0.0).to_bits());
        let index = *seen.entry(bits).or_insert_with(|| {
            raw.vertices.push(corner.map(f64::from));
            raw.vertices.len() as u32 - 1
        });
        indices.push(index);
    }
    raw.faces = indices.chunks_exact(3).map(|three| [three[0], three[1], three[2]]).collect();
    Ok(raw)
}

/// Four counts (vertices, normals, texture coordinates, faces), then as many of each.
fn parse_msh(bytes: &[u8]) -> Parsed {
    if bytes.len() < 16 {
        return Err("it is too short for an MSH file".to_owned());
    }
    let [vertices, normals, coordinates, faces] =
        [0, 4, 8, 12].map(|at| u64::from(u32_at(bytes, at)));
    let size = 16 + 12 * (vertices + normals + faces) + 8 * coordinates;
    if size != bytes.len() as u64 {
        return Err(format!("its counts ask for {size} bytes, and it has {}", bytes.len()));
    }
    let (vertices, normals, coordinates) =
        (vertices as usize, normals as usize, coordinates as usize);
    let start = 16 + 12 * (vertices + normals) + 8 * coordinates;
    let raw = Raw {
        vertices: bytes[16..16 + 12 * vertices]
            .chunks_exact(12)
            .map(|point| [0, 4, 8].map(|at| f64::from(f32_at(point, at))))
            .collect(),
        faces: bytes[start..]
            .chunks_exact(12)
            .map(|face| [0, 4, 8].map(|at| u32_at(face, at)))
            .collect(),
        n_left_out: 0,
    };
    let is_finite = raw.vertices.iter().flatten().all(|x| x.is_finite());
    is_finite.then_some(raw).ok_or_else(|| "a vertex is not finite".to_owned())
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..at + 4).and_then(|word| <[u8; 4]>::try_from(word).ok());
    word.map_or(0, u32::from_le_bytes)
}

fn f32_at(bytes: &[u8], at: usize) -> f32 {
    f32::from_bits(u32_at(bytes, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mesh_of_a_million_triangles_is_refused_by_their_number() {
        let n = 1_000_000;
        let mut binary = vec![0; 84 + 50 * n];
        binary[80..84].copy_from_slice(&(n as u32).to_le_bytes());
        let vertices = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";
        let obj = format!("{vertices}{}", "f 1 2 3\n".repeat(n));
        let facet = "vertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n";
        let text = format!("solid part\n{}", facet.repeat(n));
        for (format, bytes, said) in [
            ("stl", &binary[..], "1000000 triangles; up to 200000"),
            ("obj", obj.as_bytes(), "more than 200000 triangles; up to 200000"),
            ("stl", text.as_bytes(), "1000000 triangles; up to 200000"),
        ] {
            let Err(error) = parse(format, bytes) else { panic!("{format} was read") };
            assert!(error.contains(said), "{format}: {error}");
        }
    }
}
