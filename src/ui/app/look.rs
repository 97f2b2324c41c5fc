//! Colours, sizes and fonts of what is drawn.
//!
//! Grey is the room, colour is data: only wires, ports, curves and states are coloured. A state is never told by
//! colour alone. Texts have a contrast of 4.5 or more on what they stand on, wires of 3.4 or more on the canvas.

use bevy_egui::egui::{self, Color32, FontData, FontFamily, FontId, FontTweak};
use std::sync::Arc;

/// Names of the fonts.
const REGULAR: &str = "inter";
const STRONG: &str = "inter-semibold";

/// All colours, for dark or light rooms.
#[derive(Debug)]
pub(crate) struct Colours {
    /// The deepest level, and the dots on it.
    pub canvas: Color32,
    pub grid: Color32,
    /// Bars and sidebars.
    pub panel: Color32,
    /// Bodies of nodes, buttons, tooltips.
    pub raised: Color32,
    /// What is under the mouse.
    pub hover: Color32,
    /// Fields, code, plots.
    pub inset: Color32,
    /// Separators, and edges of nodes.
    pub line: Color32,
    pub edge: Color32,
    /// Titles and values, names, hints.
    pub text: Color32,
    pub text2: Color32,
    pub text3: Color32,
    /// Selection and focus; the one primary button; the chosen row.
    pub accent: Color32,
    pub fill: Color32,
    pub select: Color32,
    /// Text on the primary button.
    pub on_fill: Color32,
    /// Every curve.
    pub data: Color32,
    /// Headers of nodes: environment, agent, learning, monitoring, flow.
    pub headers: [Color32; 5],
    pub error: Color32,
    pub error_ground: Color32,
    pub warning: Color32,
    pub running: Color32,
    pub bypassed: Color32,
    pub note: Color32,
    /// Observations, actions, policy, rewards, dones, model, simulation, trigger, metrics.
    pub flows: [Color32; 9],
    /// How much of a colour that a file gives goes into the body's.
    pub tint: f32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

static DARK: Colours = Colours {
    canvas: rgb(0x131518),
    grid: rgb(0x2A2F35),
    panel: rgb(0x1A1D21),
    raised: rgb(0x23272C),
    hover: rgb(0x2D3239),
    inset: rgb(0x15171A),
    line: rgb(0x2F343B),
    edge: rgb(0x4A525C),
    text: rgb(0xE8EBEF),
    text2: rgb(0xB8BFC8),
    text3: rgb(0x929BA6),
    accent: rgb(0x6CA9FF),
    fill: rgb(0x2A69CE),
    select: rgb(0x1C2E47),
    on_fill: rgb(0xFFFFFF),
    data: rgb(0xF0973A),
    headers: [rgb(0x263830), rgb(0x27324B), rgb(0x432C30), rgb(0x3B3425), rgb(0x31363D)],
    error: rgb(0xF26D70),
    error_ground: rgb(0x37211F),
    warning: rgb(0xE5BE4C),
    running: rgb(0x4FE09A),
    bypassed: rgb(0xB183CF),
    note: rgb(0x2A2720),
    flows: [
        rgb(0x87D3FC),
        rgb(0xDE8220),
        rgb(0xC67CC8),
        rgb(0xEBD34F),
        rgb(0x52BF9B),
        rgb(0x9A8CFA),
        rgb(0xB4C3CE),
        rgb(0xE3E7EB),
        rgb(0xBFA07C),
    ],
    tint: 0.35,
};

static LIGHT: Colours = Colours {
    canvas: rgb(0xEEF0F3),
    grid: rgb(0xD5DAE0),
    panel: rgb(0xF9FAFB),
    raised: rgb(0xFFFFFF),
    hover: rgb(0xE9EDF1),
    inset: rgb(0xF1F3F6),
    line: rgb(0xDADFE5),
    edge: rgb(0xA3ADB8),
    text: rgb(0x1A1E23),
    text2: rgb(0x444C56),
    text3: rgb(0x5C6570),
    accent: rgb(0x1D5FC4),
    fill: rgb(0x1F63CB),
    select: rgb(0xE4EEFC),
    on_fill: rgb(0xFFFFFF),
    data: rgb(0xC26408),
    headers: [rgb(0xDCEBE1), rgb(0xDDE5F6), rgb(0xF6E0E1), rgb(0xF3EAD5), rgb(0xE6E9ED)],
    error: rgb(0xA31F3B),
    error_ground: rgb(0xFCE8E6),
    warning: rgb(0x8C6700),
    running: rgb(0x14571F),
    bypassed: rgb(0x5C2690),
    note: rgb(0xFBF5E3),
    flows: [
        rgb(0x3F86C0),
        rgb(0xBF6C22),
        rgb(0x7D2C7E),
        rgb(0x7F5F08),
        rgb(0x127A6C),
        rgb(0x5A3CC0),
        rgb(0x6A8494),
        rgb(0x4A525C),
        rgb(0x80602F),
    ],
    tint: 0.20,
};

/// The colours that suit the theme of a context.
pub(crate) fn colours(ctx: &egui::Context) -> &'static Colours {
    colours_of(ctx.theme())
}

/// The colours of a theme.
pub(crate) fn colours_of(theme: egui::Theme) -> &'static Colours {
    match theme {
        egui::Theme::Dark => &DARK,
        egui::Theme::Light => &LIGHT,
    }
}

/// Text in the usual font. Sizes are snapped to half points, so that few of them are ever drawn.
pub(crate) fn regular(size: f32) -> FontId {
    FontId::new(snapped(size), FontFamily::Name(REGULAR.into()))
}

/// Titles.
pub(crate) fn strong(size: f32) -> FontId {
    FontId::new(snapped(size), FontFamily::Name(STRONG.into()))
}

/// Values: their digits have one width.
pub(crate) fn mono(size: f32) -> FontId {
    FontId::new(snapped(size), FontFamily::Monospace)
}

/// Whether a font is that of titles.
pub(crate) fn is_strong(font: &FontId) -> bool {
    font.family == FontFamily::Name(STRONG.into())
}

/// Whether its digits have one width.
pub(crate) fn is_mono(font: &FontId) -> bool {
    font.family == FontFamily::Monospace
}

fn snapped(size: f32) -> f32 {
    ((size * 2.0).round() * 0.5).max(1.0)
}

/// Adds the fonts to those that a context has. They are there from its next picture on.
pub(crate) fn add_fonts(ctx: &egui::Context) {
    let mut fonts = egui::FontDefinitions::default();
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let files: [(&str, &'static [u8]); 2] = [
        (REGULAR, include_bytes!("../../../assets/fonts/Inter-Regular.ttf")),
        (STRONG, include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf")),
    ];
    for (name, bytes) in files {
        let data = FontData::from_static(bytes).tweak(FontTweak::default());
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
        let mut family = vec![name.to_owned()];
        family.extend(fallback.iter().cloned());
        fonts.families.insert(FontFamily::Name(name.into()), family);
    }
    ctx.set_fonts(fonts);
}

/// Gives a ui these colours and fonts.
pub(crate) fn apply(ui: &mut egui::Ui) {
    let colours = colours(ui.ctx());
    let style = ui.style_mut();
    style.text_styles = [
        (egui::TextStyle::Small, regular(11.0)),
        (egui::TextStyle::Body, regular(12.5)),
        (egui::TextStyle::Button, regular(12.5)),
        (egui::TextStyle::Heading, strong(17.0)),
        (egui::TextStyle::Monospace, mono(11.5)),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(8.0, 4.0);
    style.spacing.button_padding = egui::vec2(10.0, 4.0);
    style.spacing.interact_size.y = 24.0;
    let visuals = &mut style.visuals;
    // One that blinks would have the window drawn for ever.
    visuals.text_cursor.blink = false;
    visuals.panel_fill = colours.panel;
    visuals.window_fill = colours.panel;
    visuals.window_stroke = egui::Stroke::new(1.0, colours.edge);
    visuals.extreme_bg_color = colours.inset;
    visuals.selection.bg_fill = colours.select;
    visuals.selection.stroke = egui::Stroke::new(1.0, colours.accent);
    visuals.popup_shadow = egui::Shadow::NONE;
    visuals.window_shadow = egui::Shadow::NONE;
    let corner = egui::CornerRadius::same(6);
    let widgets = &mut visuals.widgets;
    let looks = [
        (&mut widgets.noninteractive, colours.panel, colours.line, colours.text2),
        (&mut widgets.inactive, colours.raised, colours.line, colours.text),
        (&mut widgets.hovered, colours.hover, colours.edge, colours.text),
        (&mut widgets.active, colours.hover, colours.accent, colours.text),
        (&mut widgets.open, colours.hover, colours.edge, colours.text),
    ];
    for (look, fill, edge, text) in looks {
        look.bg_fill = fill;
        look.weak_bg_fill = fill;
        look.bg_stroke = egui::Stroke::new(1.0, edge);
        look.fg_stroke = egui::Stroke::new(1.0, text);
        look.corner_radius = corner;
        look.expansion = 0.0;
    }
}

/// A mixture of two colours: `share` of the second.
pub(crate) fn mixed(a: Color32, b: Color32, share: f32) -> Color32 {
    let mix = |a: u8, b: u8| (f32::from(a) * (1.0 - share) + f32::from(b) * share).round() as u8;
    Color32::from_rgb(mix(a.r(), b.r()), mix(a.g(), b.g()), mix(a.b(), b.b()))
}

/// A colour as files write it: `#232`, `#335577`; none for anything else.
pub(crate) fn read_colour(text: &str) -> Option<Color32> {
    let digits = text.strip_prefix('#')?;
    if !digits.is_ascii() {
        return None;
    }
    let hex = |part: &str| u8::from_str_radix(part, 16).ok();
    match digits.len() {
        3 => {
            let part = |i: usize| hex(&digits[i..=i]).map(|digit| digit * 17);
            Some(Color32::from_rgb(part(0)?, part(1)?, part(2)?))
        }
        6 | 8 => {
            Some(Color32::from_rgb(hex(&digits[..2])?, hex(&digits[2..4])?, hex(&digits[4..6])?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG's contrast of two colours.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let luminance = |c: Color32| {
            let channel = |value: u8| {
                let x = f64::from(value) / 255.0;
                if x <= 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(c.r()) + 0.7152 * channel(c.g()) + 0.0722 * channel(c.b())
        };
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn texts_and_wires_stand_out_from_what_they_are_drawn_on() {
        for colours in [&DARK, &LIGHT] {
            let grounds = [colours.canvas, colours.panel, colours.raised, colours.inset];
            for ground in grounds {
                for text in [colours.text, colours.text2, colours.text3, colours.error] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
            }
            for flow in colours.flows {
                assert!(contrast(flow, colours.canvas) >= 3.2, "{flow:?}");
            }
            assert!(contrast(colours.on_fill, colours.fill) >= 4.5);
        }
    }

    #[test]
    fn colours_of_files_are_read_or_refused() {
        let cases = [
            ("#232", Some(Color32::from_rgb(0x22, 0x33, 0x22))),
            ("#3f789e", Some(Color32::from_rgb(0x3f, 0x78, 0x9e))),
            ("#3f789e80", Some(Color32::from_rgb(0x3f, 0x78, 0x9e))),
            ("", None),
            ("#", None),
            ("red", None),
            ("#12", None),
            ("#ggg", None),
            ("#\u{e4}\u{e4}", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_colour(text), expected, "{text:?}");
        }
    }
}
