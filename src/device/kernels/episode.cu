// What a policy step of environments on a device has beside its physics: actions, what is drawn, clocks, ends of
// episodes, beginnings of others. One thread an environment where nothing else is said.
//
// The rules and the draws are those of src/scene (shard.rs, disturb.rs, reset.rs), to the bit.

#include "program.cuh"
#include "sums.cuh"

// A scene, and where its numbers are, in the order of src/scene/on_device/plan.rs. A row is one of the environments'
// numbers, shape (rows, n).
struct Plan {
    unsigned n;
    // The number of the first environment, by which random numbers know it.
    unsigned first;
    // Rows that come into a step.
    unsigned action, push, noise, time, difficulty;
    // Rows that it brings.
    unsigned reward, reward_parts, terminated, success, fit;
    // Rows of what is shown, and how many there are: of the policy, then of the value alone.
    unsigned shown[2], n_shown[2];
    unsigned n_noise;
    // Sums of reward terms.
    unsigned n_terms;
    unsigned has_success;
    // Policy steps until an episode is truncated.
    unsigned episode_length;
    // Policy steps from one push to the next; 0 of a task without pushes.
    unsigned push_every;
    // Keys of random numbers.
    unsigned observe_key[2], push_key[2], reset_key[2];
    // Where in the words the programs of a start and of a push are, and the rows of what begins an episode: of the
    // difficulty, of which there may be none, then of each noise; a row from `n_given` on is none.
    unsigned start_program, push_program, given_rows, n_given;
};

// Numbers of a scene in double precision: difficulty, policy step [s], then each amplitude of noise.
enum Setting { DIFFICULTY, STEP, NOISE };

// Rows of the clocks, shape (rows, n): whole numbers, but for those with a number of double precision.
enum Clock { PROGRESS, EPISODE, N_STEPS, CUT_OFF, TOTAL_REWARD, START_DIFFICULTY };

// Rows of sums of each environment, shape (rows, n); those of the reward terms follow.
enum Sum { EPISODES, RETURNS, LENGTHS, SUCCESSES, NON_FINITE, TERMS };

__device__ inline unsigned thread() { return blockIdx.x * blockDim.x + threadIdx.x; }

// A column of rows of n numbers.
template <typename T>
struct Column {
    T *first;
    unsigned n;

    __device__ Column(T *numbers, unsigned column, unsigned n) : first(numbers + column), n(n) {}
    __device__ T &operator[](unsigned row) const { return first[size_t(row) * n]; }
};

typedef Column<unsigned long long> Clocks;

__device__ inline Random random_of(const unsigned *key, unsigned long long step, unsigned entity) {
    unsigned sequence[4] = {key[0], key[1], unsigned(step), unsigned(step >> 32)};
    return Random(sequence, 0, entity);
}

// Uniform to either side of 0.
__device__ inline float noise_of(Random &random, double amplitude) {
    return float(-amplitude + (amplitude - -amplitude) * random.uniform());
}

// What comes into a step. `actions` have shape (n, dim); where `is_limited` they are first clamped to +-`limit`.
extern "C" __global__ void prepare_step(
    const Plan *plan, const unsigned *words, const double *settings, const unsigned long long *clocks,
    const float *actions, float *numbers, double *registers, float limit, float scale, unsigned is_limited, unsigned dim
) {
    unsigned env = thread(), n = plan->n;
    if (env >= n) return;
    Column<const unsigned long long> clock(clocks, env, n);
    Column<float> number(numbers, env, n);
    for (unsigned k = 0; k < dim; k++) {
        float action = actions[size_t(env) * dim + k];
        if (is_limited) action = math::clamp(action, -limit, limit);
        number[plan->action + k] = action * scale;
    }
    number[plan->time] = float(double(clock[PROGRESS] + 1) * settings[STEP]);
    number[plan->difficulty] = float(settings[DIFFICULTY]);
    if (plan->n_noise > 0) {
        Random random = random_of(plan->observe_key, 2 * (clock[N_STEPS] + 1), plan->first + env);
        for (unsigned k = 0; k < plan->n_noise; k++)
            number[plan->noise + k] = noise_of(random, settings[NOISE + k]);
    }
    if (plan->push_every == 0) return;
    if (clock[PROGRESS] > 0 && clock[PROGRESS] % plan->push_every == 0) {
        Random random = random_of(plan->push_key, clock[N_STEPS], plan->first + env);
        Registers own = {registers + env, n};
        draw(words + plan->push_program, own, random, settings[DIFFICULTY], numbers + env);
    } else {
        // What leaves a velocity as it is, also where that is -0.
        for (unsigned k = 0; k < 2; k++) number[plan->push + k] = -0.0f;
    }
}

// Counts a step, and hands out what it was worth; returns whether the episode ends.
__device__ inline bool judge(
    const Plan *plan, const Clocks &clock, const Column<float> &number, const Column<double> &sum, unsigned ends,
    float *reward, float *terminated, float *truncated
) {
    clock[PROGRESS]++;
    clock[N_STEPS]++;
    *reward = number[plan->reward];
    double total_reward = math::with_bits<double>(clock[TOTAL_REWARD]) + double(*reward);
    clock[TOTAL_REWARD] = math::bits_of(total_reward);
    bool by_rules = number[plan->terminated] == 1.0f;
    bool lasted = ends && !by_rules && clock[PROGRESS] >= plan->episode_length;
    bool is_cut = lasted || (clock[CUT_OFF] != 0 && !by_rules);
    *terminated = by_rules ? 1.0f : 0.0f;
    *truncated = is_cut ? 1.0f : 0.0f;
    if (number[plan->fit] != 1.0f) sum[NON_FINITE] += 1.0;
    for (unsigned k = 0; k < plan->n_terms; k++) sum[TERMS + k] += double(number[plan->reward_parts + k]);
    if (!by_rules && !is_cut) return false;
    bool succeeded = plan->has_success ? number[plan->success] == 1.0f : lasted;
    sum[EPISODES] += 1.0;
    sum[RETURNS] += total_reward;
    sum[LENGTHS] += double(clock[PROGRESS]);
    if (succeeded) sum[SUCCESSES] += 1.0;
    return true;
}

// Draws how the next episode begins: rows of `given`, shape (n_given, n).
__device__ inline void begin(
    const Plan *plan, const unsigned *words, const double *settings, const Clocks &clock, unsigned env, float *given,
    double *registers
) {
    unsigned n = plan->n;
    unsigned long long episode = clock[EPISODE];
    clock[EPISODE] = episode + 1;
    clock[PROGRESS] = clock[CUT_OFF] = 0;
    clock[TOTAL_REWARD] = math::bits_of(0.0);
    clock[START_DIFFICULTY] = math::bits_of(settings[DIFFICULTY]);
    Random random = random_of(plan->reset_key, episode, plan->first + env);
    Registers own = {registers + env, n};
    draw(words + plan->start_program, own, random, settings[DIFFICULTY], given + env);
    Column<float> number(given, env, n);
    const unsigned *rows = words + plan->given_rows;
    if (rows[0] < plan->n_given) number[rows[0]] = float(settings[DIFFICULTY]);
    if (plan->n_noise == 0) return;
    Random noise = random_of(plan->observe_key, 2 * clock[N_STEPS] + 1, plan->first + env);
    for (unsigned k = 0; k < plan->n_noise; k++) {
        float drawn = noise_of(noise, settings[NOISE + k]);
        if (rows[1 + k] < plan->n_given) number[rows[1 + k]] = drawn;
    }
}

// After the physics: clocks, rewards and ends, all of shape (n,), and the starts of episodes that begin. `chosen` names
// their environments, each in its own place; elsewhere it has n. Unless it `ends`, no time limit ends an episode.
extern "C" __global__ void finish_step(
    const Plan *plan, const unsigned *words, const double *settings, unsigned long long *clocks, float *numbers,
    float *given, unsigned *chosen, float *rewards, float *terminated, float *truncated, double *sums,
    double *registers, unsigned ends
) {
    unsigned env = thread(), n = plan->n;
    if (env >= n) return;
    Clocks clock(clocks, env, n);
    Column<float> number(numbers, env, n);
    Column<double> sum(sums, env, n);
    bool has_ended = judge(plan, clock, number, sum, ends, rewards + env, terminated + env, truncated + env);
    chosen[env] = has_ended ? env : n;
    if (has_ended) begin(plan, words, settings, clock, env, given, registers);
}

// What the step led to, and what is seen then, both of shape (n, dim): where an episode has begun (`chosen`, as above),
// what `begun` shows, shape (dim + 1, n), whose last row says whether all of it is finite.
extern "C" __global__ void show_step(
    const Plan *plan, const float *numbers, const float *begun, const unsigned *chosen, float *observations,
    float *next_observations, double *sums
) {
    unsigned env = thread(), n = plan->n;
    if (env >= n) return;
    Column<const float> number(numbers, env, n), first(begun, env, n);
    bool has_begun = chosen[env] < n;
    unsigned dim = plan->n_shown[0] + plan->n_shown[1];
    for (unsigned k = 0; k < dim; k++) {
        bool is_first = k < plan->n_shown[0];
        float shown = number[is_first ? plan->shown[0] + k : plan->shown[1] + (k - plan->n_shown[0])];
        next_observations[size_t(env) * dim + k] = shown;
        observations[size_t(env) * dim + k] = has_begun ? first[k] : shown;
    }
    if (has_begun && first[dim] != 1.0f) Column<double>(sums, env, n)[NON_FINITE] += 1.0;
}

// Sums over all environments: a block of `BLOCK` threads a row of `sums`, shape (rows, n).
extern "C" __global__ void sum_episodes(const double *sums, double *totals, unsigned n) {
    __shared__ Columns columns;
    const double *row = sums + size_t(blockIdx.x) * n;
    double sum = 0.0;
    for (unsigned i = threadIdx.x; i < n; i += BLOCK) sum += row[i];
    sum = sum_all(columns, sum);
    if (threadIdx.x == 0) totals[blockIdx.x] = sum;
}

// Zeros in the place of the sums.
extern "C" __global__ void clear_episodes(double *sums, unsigned n_rows, unsigned n) {
    unsigned env = thread();
    if (env >= n) return;
    for (unsigned row = 0; row < n_rows; row++) sums[size_t(row) * n + env] = 0.0;
}
