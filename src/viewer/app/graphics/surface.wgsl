// Surfaces: shaded as Bevy does, or, with DRAFT, by little more than a sun, its shadow, and the light of the
// sky. A software renderer walks through every branch of a shader, so there are none here.

#import bevy_pbr::forward_io::{FragmentOutput, VertexOutput}

#ifdef DRAFT
#import bevy_pbr::mesh_view_bindings::{fog, lights, view}
#import bevy_pbr::pbr_bindings
#import bevy_pbr::shadow_sampling::sample_shadow_map_hardware
#import bevy_pbr::shadows::world_to_directional_light_local

const PI: f32 = 3.14159265;
/// Parts of the colours of sRGB in a luminance.
const LUMINANCE: vec3<f32> = vec3(0.2126, 0.7152, 0.0722);
/// Of the light from around, the part that comes from the horizon, and how much more comes from above.
const FROM_HORIZON: f32 = 0.72;
const FROM_ABOVE: f32 = 0.30;
/// Strength and exponent of highlights (Blinn and Phong).
const GLOSS: f32 = 0.10;
const SHARPNESS: f32 = 24.0;

/// 0 in the shadow, 1 in the sun, by the one cascade that a draft has.
fn sees_sun(position: vec4<f32>, normal: vec3<f32>) -> f32 {
    let sun = &lights.directional_lights[0];
    let off = (*sun).shadow_normal_bias * (*sun).cascades[0].texel_size * normal
        + (*sun).shadow_depth_bias * (*sun).direction_to_light;
    let place = world_to_directional_light_local(0u, 0u, vec4(position.xyz + off, position.w));
    let seen = sample_shadow_map_hardware(
        place.xy,
        place.z,
        i32((*sun).depth_texture_base_index),
    );
    return select(seen, 1.0, place.w == 0.0);
}

fn light(base: vec3<f32>, in: VertexOutput) -> vec3<f32> {
    let normal = normalize(in.world_normal);
    let sun = lights.directional_lights[0].direction_to_light;
    let facing = max(dot(normal, sun), 0.0);
    let seen = sees_sun(in.world_position, normal);
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
    let root = textureSample(
        pbr_bindings::base_color_texture,
        pbr_bindings::base_color_sampler,
        in.uv,
    );
    out.color *= vec4(root.rgb * root.rgb, 1.0);
#endif
#ifdef LIT
    out.color = vec4(light(out.color.rgb, in), out.color.a);
#endif
#ifdef TONEMAP_IN_SHADER
    // Reinhard's curve of the luminance, which is near to the one that the camera has.
    out.color = vec4(out.color.rgb / (1.0 + dot(out.color.rgb, LUMINANCE)), out.color.a);
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
