//! Work on slices that the compiler makes vectors of.

/// Defines a kernel three times, for the baseline processor, AVX2 and AVX-512, and picks at run time. No
/// version contracts a multiplication and an addition, so all give the same bits.
macro_rules! kernel {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $visibility fn $name($($arg: $kind),*) {
            #[inline(always)]
            fn body($($arg: $kind),*) $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $kind),*) {
                    body($($arg),*)
                }
                #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
                fn widest($($arg: $kind),*) {
                    body($($arg),*)
                }
                if std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                {
                    // SAFETY: `widest` requires the features that were just detected.
                    #[allow(unsafe_code, reason = "a call across a target feature")]
                    return unsafe { widest($($arg),*) };
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the only requirement of `wide` is AVX2, which was just detected.
                    #[allow(unsafe_code, reason = "a call across a target feature")]
                    return unsafe { wide($($arg),*) };
                }
            }
            body($($arg),*)
        }
    };
}
pub(crate) use kernel;
