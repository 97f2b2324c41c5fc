//! What a kernel of any PTX takes.

/// The kind of a parameter of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// An address, of 64 bits.
    Address,
    /// A 32-bit number.
    Count,
    /// A number in single precision.
    Number,
}

impl Parameter {
    /// What is given for it, in words.
    pub(in crate::device) fn words(&self) -> &'static str {
        match self {
            Self::Address => "a buffer",
            Self::Count => "a count",
            Self::Number => "a number",
        }
    }
}

/// The parameters of a kernel; none if the text has no such kernel, or if it takes what is none of them.
pub fn parameters(ptx: &str, kernel: &str) -> Option<Vec<Parameter>> {
    let is_it = |after: &&str| after.trim_start().starts_with(kernel);
    let entries = ptx.split(".entry").skip(1).filter(is_it);
    let lists = entries.filter_map(|after| {
        let list = after.trim_start()[kernel.len()..].trim_start().strip_prefix('(')?;
        list.split_once(')').map(|(list, _)| list)
    });
    let list = lists.into_iter().next()?;
    let kind = |parameter: &str| {
        let mut words = parameter.split_whitespace().skip_while(|&word| word != ".param");
        match words.nth(1) {
            Some(".u64") => Some(Parameter::Address),
            Some(".u32") => Some(Parameter::Count),
            Some(".f32") => Some(Parameter::Number),
            _ => None,
        }
    };
    list.split(',').filter(|it| !it.trim().is_empty()).map(kind).collect()
}
