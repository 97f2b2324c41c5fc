//! What a kernel of any PTX takes.

/// Of each parameter of a kernel whether it has 64 bits, as addresses have; none if the text has no such kernel, or if
/// it takes what is neither an address nor a count.
pub fn parameters(ptx: &str, kernel: &str) -> Option<Vec<bool>> {
    let is_it = |after: &&str| after.trim_start().starts_with(kernel);
    let entries = ptx.split(".entry").skip(1).filter(is_it);
    let lists = entries.filter_map(|after| {
        let list = after.trim_start()[kernel.len()..].trim_start().strip_prefix('(')?;
        list.split_once(')').map(|(list, _)| list)
    });
    let list = lists.into_iter().next()?;
    let is_long = |parameter: &str| {
        let mut words = parameter.split_whitespace().skip_while(|&word| word != ".param");
        match words.nth(1) {
            Some(".u64") => Some(true),
            Some(".u32") => Some(false),
            _ => None,
        }
    };
    list.split(',').filter(|it| !it.trim().is_empty()).map(is_long).collect()
}
