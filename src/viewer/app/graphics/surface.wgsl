// Surfaces: shaded as Bevy does, or, with DRAFT, by little more than a sun, its shadow, and the light of the
// sky. A software renderer walks through every branch of a shader, so there are none here.

#import bevy_pbr::forward_io::{FragmentOutput, VertexOutput}

#ifdef DRAFT
#import bevy_pbr::mesh_view_bindings::{fog, lights, view}
#import bevy_pbr::pbr_bindings
#import bevy_pbr::shadow_sampling::sample_shadow_map_hardware

//#daylight
/// Parts of the colours of sRGB in a luminance.
const LUMINANCE: vec3<f32> = vec3(0.2126, 0.7152, 0.0722);
/// Strength of highlights (Blinn and Phong), a part of what a white surface sends back.
const GLOSS: f32 = 0.31;

/// A cosine to the 24th, from its square: products cost a fraction of a power.
fn sharpen(square: f32) -> f32 {
    let third = square * square * square;
    let sixth = third * third;
    return sixth * sixth;
}

/// 0 in the shadow, 1 in the sun, by the one cascade that a draft has; its projection has no perspective.
fn sees_sun(position: vec3<f32>, normal: vec3<f32>) -> f32 {
    let from_texel = lights.directional_lights[0].shadow_normal_bias
        * lights.directional_lights[0].cascades[0].texel_size;
    let off = from_texel * normal + DEPTH_BIAS * TO_SUN;
    let place = lights.directional_lights[0].cascades[0].clip_from_world * vec4(position + off, 1.0);
    let seen = sample_shadow_map_hardware(
        place.xy * vec2(0.5, -0.5) + 0.5,
        place.z,
        0,
    );
    let edge = max(max(abs(place.x), abs(place.y)), abs(2.0 * place.z - 1.0));
    return select(seen, 1.0, edge > 1.0);
}

fn light(base: vec3<f32>, in: VertexOutput) -> vec3<f32> {
    let position = in.world_position.xyz;
    let to_eye = view.world_position - position;
    let square = dot(to_eye, to_eye);
    let nearness = inverseSqrt(square);
#ifdef TEXTURED
    // The ground: flat, and dull.
    let normal = in.world_normal;
    let shine = 0.0;
#else
    let normal = normalize(in.world_normal);
    let middle = TO_SUN + to_eye * nearness;
    let along = max(dot(normal, middle), 0.0);
    let shine = GLOSS * sharpen(along * along / dot(middle, middle));
#endif
    let facing = max(dot(normal, TO_SUN), 0.0) * sees_sun(position, normal);
    let lit = SUN * facing * (base + shine) + (AROUND + FROM_ABOVE * normal.y) * base;
    let haze = clamp((square * nearness - fog.be.x) / (fog.be.y - fog.be.x), 0.0, 1.0);
    return mix(lit, HAZE, haze);
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
    ).r;
    out.color *= vec4(vec3(root * root), 1.0);
#endif
#ifdef LIT
    out.color = vec4(light(out.color.rgb, in), out.color.a);
#endif
#ifdef TONEMAP_IN_SHADER
    // Reinhard's curve of the luminance, which is near to the one that the camera has.
    out.color = vec4(out.color.rgb * (1.0 / (1.0 + dot(out.color.rgb, LUMINANCE))), out.color.a);
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
