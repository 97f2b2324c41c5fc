//! Parallel loops whose results do not depend on the number of threads.
//!
//! The callers cut their rows into pieces of fixed size and get one result per piece, in the order
//! of the pieces; which thread worked on which piece has no influence.

use rayon::prelude::*;

/// `work` applied to every job, results in the order of the jobs. A single job runs on the calling
/// thread, because waking a worker costs more than a minibatch of a few dozen rows.
pub(super) fn map<J: Send, T: Send>(jobs: Vec<J>, work: impl Fn(J) -> T + Sync + Send) -> Vec<T> {
    if jobs.len() <= 1 {
        jobs.into_iter().map(work).collect()
    } else {
        jobs.into_par_iter().map(work).collect()
    }
}
