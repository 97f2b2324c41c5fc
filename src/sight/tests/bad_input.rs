//! What cannot be drawn or scanned is an error that names it.

use super::*;

fn refused(spec: PictureSpec) -> String {
    let model = world(r#"<geom size="1"/><camera name="eye" pos="0 0 5"/>"#);
    Renderer::new(Arc::new(RayScene::new(model)), spec, Isa::detect()).unwrap_err().to_string()
}

#[test]
fn pictures_that_cannot_be_are_refused_by_name() {
    let good = gray(Viewpoint::Camera(0), 8);
    let free = |fovy| Viewpoint::Free(FreeCamera::looking([1.0; 3], [0.0; 3], fovy));
    for (width, height) in [(0, 8), (8, 0), (MOST_PIXELS + 1, 8), (8, usize::MAX)] {
        let said = refused(PictureSpec { width, height, ..good });
        assert!(said.contains(&format!("{width} x {height}")), "{said}");
    }
    for fovy in [0.0, -1.0, 180.0, f64::NAN, f64::INFINITY] {
        assert!(refused(PictureSpec { viewpoint: free(fovy), ..good }).contains("field of view"));
    }
    assert!(refused(PictureSpec { samples: 0, ..good }).contains("0 samples"));
    assert!(refused(PictureSpec { samples: 9, ..good }).contains("9 samples"));
    assert!(
        refused(PictureSpec { viewpoint: Viewpoint::Camera(3), ..good }).contains("no camera 3")
    );
    let depth = |near, far| CameraOutput::Depth { near, far };
    for (near, far) in [(1.0, 1.0), (-1.0, 2.0), (0.0, f64::NAN), (0.0, f64::INFINITY)] {
        assert!(refused(PictureSpec { sees: depth(near, far), ..good }).contains("depths from"));
    }
    for sees in [depth(0.0, 1.0), CameraOutput::Segmentation] {
        assert!(refused(PictureSpec { sees, samples: 2, ..good }).contains("take one"));
    }
    let many: String = (0..256).map(|i| format!("<geom size=\"1\" pos=\"{i} 0 0\"/>")).collect();
    let stage = Arc::new(RayScene::new(world(&many)));
    let spec = PictureSpec { sees: CameraOutput::Segmentation, viewpoint: free(45.0), ..good };
    let said = Renderer::new(stage, spec, Isa::detect()).unwrap_err().to_string();
    assert!(said.contains("256 geoms"), "{said}");
}

#[test]
fn scans_that_cannot_be_are_refused_by_name() {
    let model = world(r#"<geom size="1"/><site name="s"/>"#);
    let stage = Arc::new(RayScene::new(model));
    let good = ScanSpec {
        mount: Mount::Body(0),
        pattern: Pattern::Ahead,
        align: Align::Full,
        gives: ScanOutput::Distances,
        range: 1.0,
        against: None,
    };
    let refused =
        |spec: ScanSpec| Scanner::new(stage.clone(), spec, Isa::detect()).unwrap_err().to_string();
    for range in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(ScanSpec { range, ..good.clone() }).contains("the range"));
    }
    assert!(refused(ScanSpec { mount: Mount::Body(1), ..good.clone() }).contains("no body 1"));
    assert!(refused(ScanSpec { mount: Mount::Site(1), ..good.clone() }).contains("no site 1"));
    let against = Some(vec![0, 7]);
    assert!(refused(ScanSpec { against, ..good.clone() }).contains("no geom 7"));
    let with = |pattern| refused(ScanSpec { pattern, ..good.clone() });
    for step in [0.0, -1.0, f64::NAN] {
        assert!(with(Pattern::Grid { size: [1.0; 2], step }).contains("step of the grid"));
    }
    assert!(with(Pattern::Grid { size: [-1.0, 1.0], step: 0.1 }).contains("side of the grid"));
    assert!(with(Pattern::Grid { size: [1e6; 2], step: 1e-3 }).contains("are cast"));
    let rings = |rings, sectors, low| Pattern::Rings { rings, sectors, elevation: [low, 10.0] };
    assert!(with(rings(0, 4, 0.0)).contains("rings and sectors"));
    assert!(with(rings(4, 4, -91.0)).contains("elevation"));
    assert!(with(rings(usize::MAX, 4, 0.0)).contains("are cast"));
    for along in [[0.0; 3], [f64::NAN, 0.0, 1.0]] {
        assert!(with(Pattern::Rays(vec![([0.0; 3], along)])).contains("direction"));
    }
}
