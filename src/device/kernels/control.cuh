// What an update knows of itself, so that the host need not be asked before its end.

#pragma once

// Why an update goes on no more.
enum Ended { GOES_ON, AT_TARGET_KL, LOSS_NOT_FINITE, GRADIENT_NOT_FINITE, OBSERVATION_NOT_FINITE, VALUE_NOT_FINITE,
             RETURN_NOT_FINITE };

// Sums over the steps taken, in the order of `Term`; and the length of the gradient.
const unsigned N_SUMS = 8;

// The same numbers as in src/learn/device/control.rs, which has their order.
struct Control {
    // One of `Ended`.
    double ended;
    // Whether the step at hand is taken.
    double takes;
    double learning_rate;
    // Steps taken in this update.
    double n_taken;
    double sums[N_SUMS];
    // Of the step at hand, as src/learn/adam.rs has them; in single precision.
    double gradient_scale;
    double rate;
    double second;
};

__device__ inline bool has_ended(const Control *control) { return control->ended != GOES_ON; }

__device__ inline void end(Control *control, Ended why) {
    if (control->ended == GOES_ON) control->ended = why;
}
