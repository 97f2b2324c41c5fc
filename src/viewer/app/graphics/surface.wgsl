// Surfaces: shaded as Bevy does, or, with DRAFT, by little more than a sun, its shadow, and the light of the
// sky. A software renderer walks through every branch of a shader, so there are none here.

#import bevy_pbr::forward_io::{FragmentOutput, VertexOutput}

#ifdef DRAFT
#import bevy_core_pipeline::tonemapping::tone_mapping
#import bevy_pbr::mesh_view_bindings::{fog, lights, view}
#import bevy_pbr::pbr_bindings
#import bevy_pbr::shadows::sample_directional_cascade

const PI: f32 = 3.14159265;
/// Of the light from around, the part that comes from the horizon, and how much more comes from above.
const FROM_HORIZON: f32 = 0.72;
const FROM_ABOVE: f32 = 0.30;
/// Strength and exponent of highlights (Blinn and Phong).
const GLOSS: f32 = 0.10;
const SHARPNESS: f32 = 24.0;

fn light(base: vec3<f32>, in: VertexOutput) -> vec3<f32> {
    let normal = normalize(in.world_normal);
    let sun = lights.directional_lights[0].direction_to_light;
    let facing = max(dot(normal, sun), 0.0);
    // The one cascade that a draft has.
    let seen = sample_directional_cascade(0u, 0u, in.world_position, normal, in.position.xy);
    let to_eye = normalize(view.world_position - in.world_position.xyz);
    let shine = GLOSS * pow(max(dot(normal, normalize(sun + to_eye)), 0.0), SHARPNESS);
    let direct = lights.directional_lights[0].color.rgb * (facing * seen) * (base / PI + shine);
    let around = lights.ambient_color.rgb * (FROM_HORIZON + FROM_ABOVE * normal.y) * base;
    let lit = (direct + around) * view.exposure;
    let distance = length(view.world_position - in.world_position.xyz);
    let haze = clamp((distance - fog.be.x) / (fog.be.y - fog.be.x), 0.0, 1.0);
    return mix(lit, fog.base_color.rgb, haze * fog.base_color.a);
}
#else
#import bevy_pbr::{
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{apply_pbr_lighting, main_pass_post_lighting_processing},
    pbr_types::STANDARD_MATERIAL_FLAGS_UNLIT_BIT,
}
#endif

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    var out: FragmentOutput;
#ifdef DRAFT
    out.color = pbr_bindings::material.base_color;
#ifdef VERTEX_COLORS
    out.color *= in.color;
#endif
#ifdef TEXTURED
    out.color *= textureSample(
        pbr_bindings::base_color_texture,
        pbr_bindings::base_color_sampler,
        in.uv,
    );
#endif
#ifdef LIT
    out.color = vec4(light(out.color.rgb, in), out.color.a);
#endif
#ifdef TONEMAP_IN_SHADER
    out.color = tone_mapping(out.color, view.color_grading);
#endif
#else
    let surface = pbr_input_from_standard_material(in, is_front);
    if (surface.material.flags & STANDARD_MATERIAL_FLAGS_UNLIT_BIT) == 0u {
        out.color = apply_pbr_lighting(surface);
    } else {
        out.color = surface.material.base_color;
    }
    out.color = main_pass_post_lighting_processing(surface, out.color);
#endif
    return out;
}
