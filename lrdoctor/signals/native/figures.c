/* The figures of one log: ../../learning_rate/figures.py, group by group in its order. */
#include "fits.h"
#include "statistic.h"

enum { LEAST_ROWS = 3, FIGURES = 75, TOLD = FIGURES - 4, DID = 33 };
static const double paces[PACES] = {0.5, 1, 2, 4, 8, 16, 40, 0.1, 0.3, 0.6, 1};
/* Those that tell whether the log has a rate, a usual one, gradient norms, validation losses. */
static const int telling[FIGURES - TOLD] = {0, 1, 61, 64};

/* The fields of a `learning_rate.descent.Descent`, in their order. */
typedef struct {
    double mean, tail, tail_deviation, early, middle, last, late, late_power, late_memory, top,
        least, late_top, late_q90, low, low_at, tiny, sigma, drop, early_noise, late_noise,
        end_noise, jump, late_jump, falling, falling_coarse, won[5], won_time[3];
} Descent;

typedef struct {
    const double *loss, *done, *time, *slow, *flat, *logarithms, *gradient, *validation;
    Py_ssize_t rows, late, gradients, validations; /* `late` of the logarithms */
    double rate, usual, now, progress, non_finite, broken;
    Descent did;
} Log;

static double within(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

static double decades(double value, double low, double high) {
    return log10(within(value, low, high));
}

static double larger(double a, double b) { return b > a ? b : a; }

/* Each group writes its figures and returns where the next one begins. */
static double *of_rate(const Log *c, double *out) {
    double rate = c->rate > 0 ? log10(c->rate) : NAN;
    *out++ = within(rate, -9, 3);
    *out++ = within(rate - c->usual, -5, 5);
    *out++ = decades(c->now, 1e-4, 1e4);
    *out++ = decades(c->progress, 1e-2, 1);
    return out;
}

static double *of_progress(const Log *c, double *out) {
    const Descent *d = &c->did;
    double first = c->loss[0];
    *out++ = asinh((first - d->tail) / d->sigma);
    *out++ = asinh(d->drop / d->sigma);
    *out++ = decades(d->sigma / d->drop, 1e-4, 1e4);
    *out++ = decades((d->tail - d->low) / d->drop, 1e-3, 1e4);
    *out++ = d->low_at;
    *out++ = within((d->tail - first) / d->drop, -1, 5);
    *out++ = decades((d->top - first) / d->drop, 1e-2, 1e4);
    *out++ = decades((d->late_top - first) / d->drop, 1e-2, 1e4);
    return out;
}

static double *of_speed(const Log *c, double *out) {
    for (int k = 0; k < 5; k++) *out++ = decades(c->did.won[k], 1e-4, 1e4);
    for (int k = 0; k < 3; k++) *out++ = decades(c->did.won_time[k], 1e-4, 1e4);
    return out;
}

static double *of_ending(const Log *c, double *out) {
    const Descent *d = &c->did;
    double late = d->middle - d->tail, last = d->last - d->tail, early = d->early - d->middle;
    *out++ = within(late / d->drop, -1, 1);
    *out++ = within(last / d->drop, -1, 1);
    *out++ = decades(late / d->drop, 1e-3, 1e4);
    *out++ = decades(last / d->drop, 1e-3, 1e4);
    *out++ = decades(early > 0 && late > 0 ? late / early : NAN, 1e-2, 1e2);
    *out++ = asinh(late / d->sigma);
    *out++ = asinh(last / d->sigma);
    return out;
}

static double *of_logarithm(const Log *c, double *out, double *room) {
    const Descent *d = &c->did;
    Line line = line_through(c->logarithms, c->loss + c->rows - c->late, c->late, room);
    double deviation = sqrt(line.left / (double)c->late);
    *out++ = decades(-line.slope / d->drop, 1e-3, 1e4);
    *out++ = decades(deviation / d->drop, 1e-4, 1e4);
    *out++ = decades(deviation / d->sigma, 1e-1, 1e3);
    *out++ = asinh(-line.slope * sqrt(line.spread) / larger(deviation, d->tiny));
    return out;
}

static double *of_roughness(const Log *c, double *out) {
    const Descent *d = &c->did;
    double early = d->early_noise > 0 ? d->early_noise : NAN;
    *out++ = decades(d->late_noise / early, 1e-2, 1e2);
    *out++ = decades(d->end_noise / d->sigma, 1e-2, 1e2);
    *out++ = decades(d->jump / d->sigma, 1e-1, 1e4);
    *out++ = decades(d->jump / d->drop, 1e-3, 1e4);
    *out++ = decades(d->late_jump / d->drop, 1e-3, 1e4);
    *out++ = d->falling;
    *out++ = d->falling_coarse;
    *out++ = d->late_power > 0 ? d->late_memory / d->late_power : NAN;
    *out++ = decades((d->late_top - d->low) / d->drop, 1e-3, 1e4);
    *out++ = decades((d->late_q90 - d->low) / d->drop, 1e-3, 1e4);
    double power = d->late_power / (double)(c->rows - c->rows / 2);
    *out++ = decades(sqrt(power) / d->drop, 1e-4, 1e4);
    return out;
}

static double *of_shape(const Log *c, const double *centred, double *out, double *room) {
    const Descent *d = &c->did;
    double means[PACES], height[PACES], misfit[PACES];
    fitted(c->slow, c->flat, centred, c->rows, room, means, height, misfit);
    for (int first = 0, end = DECAYS; first < PACES; first = end, end = PACES) {
        int k = first;
        for (int other = first + 1; other < end; other++)
            if (misfit[other] < misfit[k]) k = other;
        double floor = d->mean - height[k] * means[k];
        *out++ = decades(misfit[k] / d->drop, 1e-4, 1e4);
        *out++ = decades((d->tail - floor) / larger(c->loss[0] - floor, d->tiny), 1e-3, 10);
        *out++ = log(paces[k]);
    }
    return out;
}

static double *of_level(const Log *c, double *out) {
    double first = c->loss[0];
    double level = first > 0 && c->did.least >= 0 ? decades(c->did.tail / first, 1e-3, 1e4) : 0;
    *out++ = larger(0, -0.5 - level);
    *out++ = larger(0, -1.0 - level);
    *out++ = larger(0, -1.6 - level);
    return out;
}

/* The mean of the newest `part`-th of n figures, of one at least. */
static double newest_mean(const double *v, Py_ssize_t n, Py_ssize_t part) {
    Py_ssize_t count = n / part > 1 ? n / part : 1;
    return mean(v + n - count, count);
}

static double *of_size(const Log *c, const double *centred, double *out, double *room) {
    const Descent *d = &c->did;
    const double *v = c->validation;
    double first = c->loss[0], size = larger(fabs(first), d->tiny);
    Line line = line_through(c->done, centred, c->rows, room);
    double fall = -line.slope, held = (double)(c->rows > 3 ? c->rows - 2 : 1);
    double deviation = sqrt(line.left / held), won = NAN, blown = 0;
    if (c->validations >= LEAST_ROWS)
        won = (v[0] - newest_mean(v, c->validations, 6)) / larger(fabs(v[0]), 1e-12);
    if (d->top > first + size) {
        Py_ssize_t at = 0;
        while (at < c->rows - 1 && !(c->loss[at] > first + size)) at++;
        blown = decades(c->time[at], 1e-3, 1e4);
    }
    *out++ = decades(fall / size, 1e-6, 10);
    *out++ = asinh(fall * sqrt(line.spread) / larger(deviation, 1e-9 * size));
    *out++ = decades(d->late_noise / size, 1e-6, 10);
    *out++ = decades(d->drop / size, 1e-6, 10);
    *out++ = decades((d->top - first) / size, 1e-3, 1e4);
    *out++ = asinh(3 * (d->tail - first) / size);
    *out++ = blown;
    *out++ = asinh(1e5 * won);
    return out;
}

static double *of_gradient(const Log *c, double *out, double *room) {
    const double *g = c->gradient;
    Py_ssize_t n = c->gradients, half = n / 2, tenth = n / 10 > 2 ? n / 10 : 2;
    if (n < LEAST_ROWS || !(g[0] > 0)) {
        for (int k = 0; k < 5; k++) *out++ = NAN;
        return out;
    }
    const double *late = g + half;
    *out++ = decades(largest(g, tenth, g[0]) / g[0], 1e-4, 1e4);
    *out++ = decades(newest_mean(g, n, 7) / g[0], 1e-4, 1e4);
    *out++ = decades(median(late, n - half, room) / g[0], 1e-4, 1e4);
    *out++ = decades(largest(g, n, g[0]) / larger(median(g, n, room), 1e-30), 1, 1e4);
    double spread = deviation(late, n - half, room);
    *out++ = decades(spread / larger(mean(late, n - half), 1e-30), 1e-2, 1e4);
    return out;
}

static double *of_validation(const Log *c, double *out, double *room) {
    const double *v = c->validation;
    Py_ssize_t n = c->validations;
    if (n < LEAST_ROWS) {
        for (int k = 0; k < 4; k++) *out++ = NAN;
        return out;
    }
    double low = v[0], end = newest_mean(v, n, 6);
    for (Py_ssize_t i = 1; i < n; i++) {
        low = v[i] < low ? v[i] : low;
        room[i - 1] = larger(0, v[i] - v[i - 1]);
    }
    double won = larger(v[0] - low, c->did.tiny), rises = paired(room, n - 1) + 0.0;
    *out++ = decades(won / c->did.drop, 1e-2, 1e2);
    *out++ = decades((end - low) / won, 1e-3, 1e4);
    *out++ = decades((v[n / 2] - end) / won, 1e-3, 1e4);
    *out++ = decades(rises / won, 1e-3, 1e4);
    return out;
}

/* `room` holds (PACES + 2) numbers a row, and one for each norm and validation loss. */
static void told(const Log *c, double *out, double *room) {
    double *centred = room, *work = room + c->rows, *at = out;
    less(c->loss, c->did.mean, c->rows, centred);
    at = of_ending(c, of_speed(c, of_progress(c, of_rate(c, at))));
    at = of_roughness(c, of_logarithm(c, at, work));
    at = of_level(c, of_shape(c, centred, at, work));
    at = of_size(c, centred, at, work);
    at = of_validation(c, of_gradient(c, at, work), work);
    *at++ = 10 * c->non_finite < 1 ? 10 * c->non_finite : 1;
    *at++ = c->broken;
    *at++ = log10((double)c->rows);
    for (int k = 0; k < FIGURES - TOLD; k++) *at++ = isfinite(out[telling[k]]) ? 1 : 0;
    for (int k = 0; k < TOLD; k++) out[k] = isinf(out[k]) ? NAN : out[k];
}

/* figures(loss, done, time, slow, flat, logarithms, gradient, validation, did, facts, out) */
PyObject *figures(PyObject *module, PyObject *args) {
    PyObject *arrays[11];
    Log c = {.rows = -1};
    Py_ssize_t many[3] = {ANY, ANY, ANY}, n = ANY, fields = DID, facts = 6, told_of = FIGURES;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                          &arrays[4], &arrays[5], &arrays[6], &arrays[7], &arrays[8], &arrays[9],
                          &arrays[10]))
        return NULL;
    Held held = {.count = 0};
    const double **rows[5] = {&c.loss, &c.done, &c.time, &c.slow, &c.flat};
    const double **others[3] = {&c.logarithms, &c.gradient, &c.validation};
    int taken = 1;
    for (int k = 0; k < 5 && taken; k++)
        taken = (*rows[k] = given(&held, arrays[k], 'd', &n)) != NULL;
    for (int k = 0; k < 3 && taken; k++)
        taken = (*others[k] = given(&held, arrays[5 + k], 'd', &many[k])) != NULL;
    const double *did = taken ? given(&held, arrays[8], 'd', &fields) : NULL;
    const double *fact = did ? given(&held, arrays[9], 'd', &facts) : NULL;
    double *out = fact ? wanted(&held, arrays[10], 'd', told_of) : NULL;
    if (out && (n < LEAST_ROWS || many[0] < 1 || many[0] > n)) {
        PyErr_SetString(PyExc_ValueError, "figures take three losses, the last with logarithms");
        out = NULL;
    }
    size_t size = out ? (PACES + 2) * (size_t)n + 2 * (size_t)many[1] + (size_t)many[2] : 0;
    double *room = out ? PyMem_Malloc(size * sizeof *room) : NULL;
    if (room) {
        c.rows = n, c.late = many[0], c.gradients = many[1], c.validations = many[2];
        c.rate = fact[0], c.usual = fact[1], c.now = fact[2], c.progress = fact[3];
        c.non_finite = fact[4], c.broken = fact[5];
        memcpy(&c.did, did, sizeof c.did);
        told(&c, out, room);
        PyMem_Free(room);
    } else if (out) PyErr_NoMemory();
    return give_back(&held);
}
