//! What the reader refuses, and where.

use super::small;
use crate::device::ptx::{Parameter, parameters, read_ptx};
use crate::device::to_ptx;

const HEAD: &str = ".version 7.0\n.target sm_75\n.address_size 64\n";

/// A kernel with these lines, from line 9 on.
fn kernel(lines: &str) -> String {
    let registers = ".reg .f32 %v<3>; .reg .b32 %w<2>, %n; .reg .b64 %a<2>; .reg .pred %p<2>;";
    let head = format!("{HEAD}.visible .entry step(\n.param .u64 in,\n.param .u32 n)\n{{\n");
    format!("{head}{registers}\n{lines}\nret;\n}}\n")
}

#[test]
fn what_is_not_our_ptx_is_refused_with_its_line() {
    let in_kernel = [
        ("add.f32 %v0, %v1, %v2;", 9, "`add.f32` is no instruction of ours"),
        ("mov.f32 %v0, %v1;\nadd.rn.ftz.f32 %v0, %v1, %v2;", 10, "`add.rn.ftz.f32` is no instr"),
        ("fma.rn.f32 %v0, %v1, %v2;", 9, "`,` is expected, not `;`"),
        ("add.rn.f32 %v0, %v1, %v2, %v0;", 9, "`;` is expected, not `,`"),
        ("add.rn.f32 %v0, %v1, %v2", 10, "`;` is expected, not `ret`"),
        ("add.rn.f32 %v0, %v1, %w0;", 9, "`%w0` cannot stand here"),
        ("add.rn.f32 0f3F800000, %v1, %v2;", 9, "`0f3F800000` cannot stand here"),
        ("add.rn.f32 %v0, %v1, 1.0;", 9, "`1.0` cannot stand here"),
        ("add.rn.f32 %v0, %v1, 0f3F80;", 9, "`0f3F80` cannot stand here"),
        ("add.rn.f32 %v0, %v1, 1;", 9, "`1` cannot stand here"),
        ("add.rn.f32 %v0, %v1, %v3;", 9, "there is no register `%v3`"),
        ("add.rn.f32 %v0, %v1, %v02;", 9, "there is no register `%v02`"),
        ("add.rn.f32 %v0, %v1, %q;", 9, "there is no register `%q`"),
        ("add.rn.f32 %v0, %v1, -%v2;", 9, "no PTX of ours has `-`"),
        ("add.u32 %w0, %w1, 4294967296;", 9, "`4294967296` cannot stand here"),
        ("and.b32 %w0, %w1, 0xFF;", 9, "`0xFF` cannot stand here"),
        ("mov.u32 %w0, %laneid;", 9, "there is no register `%laneid`"),
        ("add.u32 %w0, %w1, %tid.x;", 9, "there is no register `%tid.x`"),
        ("and.pred %p0, %p1, 1;", 9, "`1` cannot stand here"),
        ("mov.pred %p0, 2;", 9, "`2` cannot stand here"),
        ("@%v0 bra END;\nEND:", 9, "`%v0` cannot stand here"),
        ("@%p0 bra END;", 9, "there is no label `END`"),
        ("bra END0;\nEND0:\nEND0:", 11, "there are two labels `END0`"),
        ("ld.global.f32 %v0, [%w0];", 9, "`%w0` cannot stand here"),
        ("ld.global.f32 %v0, [%a0+4];", 9, "`]` is expected, not `+`"),
        ("ld.param.u32 %w0, [in];", 9, "`in` has another width"),
        ("ld.param.u64 %a0, [n];", 9, "`n` has another width"),
        ("ld.param.u32 %w0, [m];", 9, "there is no parameter `m`"),
        (".param .align 4 .b8 to[6];", 9, "`6` bytes are no words"),
        (".param .align 4 .b8 to[8];\nst.param.u32 [to+8], %w0;", 10, "`to` has no word at `8`"),
        (".param .align 4 .b8 to[8];\nst.param.u32 [to+2], %w0;", 10, "`to` has no word at `2`"),
        (".param .align 8 .b8 to[8];", 9, "`4` is expected, not `8`"),
        ("call function0;", 9, "there is no function `function0` before this one"),
        ("call step;", 9, "there is no function `step` before this one"),
        (".reg .f64 %x;", 9, "a register is no `.f64`"),
        (".reg .f32 %v<9>;", 9, "there are two of `%v`"),
        (".reg .f32 v<9>;", 9, "`v` is no register"),
        (".local .align 4 .b8 kept[6];", 9, "`6` bytes are no words"),
        (
            ".local .align 4 .b8 kept[8];\n.local .align 4 .b8 kept[8];",
            10,
            "there are two of `kept`",
        ),
        ("mov.u64 %a0, kept;", 9, "there is no array `kept`"),
        ("ld.local.f32 %v0, [%w0];", 9, "`%w0` cannot stand here"),
        (".shared .b32 s;", 9, "`.shared` is no instruction of ours"),
        ("bar.sync 0;", 9, "`bar.sync` is no instruction of ours"),
    ];
    let of_text = [
        ("".to_owned(), 1, "the text is over"),
        (".version 8.0\n".to_owned(), 1, "`7.0` is expected, not `8.0`"),
        (".version 7.0\n.target sm_90\n".to_owned(), 2, "`sm_75` is expected, not `sm_90`"),
        (format!("{HEAD}.shared .f32 x;"), 4, "`.shared` begins neither kernel nor function"),
        (format!("{HEAD}.global .f32 x;"), 4, "`.align` is expected, not `.f32`"),
        (format!("{HEAD}.global .align 4 .u32 x[2] = {{1}};"), 4, "`x` has 1 words"),
        (format!("{HEAD}.global .align 4 .u32 x[1] = {{}};"), 4, "`}` is no whole number"),
        (format!("{HEAD}.visible .entry step(\n.param .f32 x)"), 5, "a parameter is no `.f32`"),
        (kernel("bra END;\nEND:").replace("ret;", ""), 12, "a body ends without `ret`"),
        (kernel("").replace("ret;", "@%p0 ret;"), 11, "a body ends without `ret`"),
        (kernel("bra END;").replace("}", "END:\n}"), 9, "nothing follows `END`"),
        (kernel("").replace('}', ""), 10, "the text is over"),
        (kernel("") + &kernel("")[HEAD.len()..], 19, "there are two of `step`"),
    ];
    assert_eq!(read_ptx(&kernel("")).map(|it| it.routines.len()), Ok(1));
    let of_kernel = in_kernel.map(|(lines, line, what)| (kernel(lines), line, what));
    for (text, line, what) in of_kernel.into_iter().chain(of_text) {
        let error = read_ptx(&text).expect_err(what);
        assert_eq!(error.line, line, "{error} instead of {what}");
        assert!(error.what.starts_with(what), "{error} instead of {what}");
        assert!(error.to_string().starts_with(&format!("line {line} of the PTX: ")));
    }
}

/// A text that ends anywhere, or lacks any character, is read or refused.
#[test]
fn no_text_makes_the_reader_panic() {
    let text = to_ptx(&small());
    let mut n_refused = 0;
    for cut in 0..text.len() {
        n_refused += usize::from(read_ptx(&text[..cut]).is_err());
        let _ = read_ptx(&(text[..cut].to_owned() + &text[cut + 1..]));
    }
    // A text may end after a function.
    assert!(9 * text.len() < 10 * n_refused, "{n_refused}");
}

/// Also of a text that is not ours.
#[test]
fn the_parameters_of_a_kernel_are_found() {
    let others = "// .entry\n.version 8.8\n.visible .entry norm(\n\t.param .u64 .ptr .align 1 norm_param_0,\n\
                  \t.param .u32 norm_param_1\n)\n{ ret; }\n.entry nothing() { ret; }\n\
                  .entry twice(.param .f64 x) { ret; }\n.entry scaled(.param .f32 x) { ret; }";
    let (address, count) = (Parameter::Address, Parameter::Count);
    let table = [
        (to_ptx(&small()), "step", Some(vec![address, address, count])),
        (to_ptx(&small()), "function0", None),
        (to_ptx(&small()), "ste", None),
        (others.to_owned(), "norm", Some(vec![address, count])),
        (others.to_owned(), "nothing", Some(vec![])),
        (others.to_owned(), "twice", None),
        (others.to_owned(), "scaled", Some(vec![Parameter::Number])),
        (String::new(), "step", None),
    ];
    for (text, kernel, expected) in table {
        assert_eq!(parameters(&text, kernel), expected, "{kernel}");
    }
}
