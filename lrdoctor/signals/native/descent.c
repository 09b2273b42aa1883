/* What a loss curve did as a whole: ../../learning_rate/descent.py without its arrays. */
#include "arrays.h"
#include "statistic.h"

/* Robust deviation about the trend, from neighbours' differences; `work` holds twice as many. */
static double noise(const double *moves, Py_ssize_t n, double *work) {
    if (n < 2) return 0;
    double middle = median(moves, n, work), *away = work + n;
    for (Py_ssize_t i = 0; i < n; i++) away[i] = fabs(moves[i] - middle);
    return 1.4826 * median(away, n, work) / sqrt(2);
}

static double part(const double *y, Py_ssize_t n, double start, double stop) {
    Py_ssize_t a = (Py_ssize_t)(start * (double)n), b = (Py_ssize_t)(stop * (double)n);
    return mean(y + a, b > a ? b - a : 1);
}

/* The share of steps, each over so many values, that lead downwards. */
static double falling(const double *v, Py_ssize_t n, Py_ssize_t step) {
    Py_ssize_t count = (n - 1) / step, down = 0;
    for (Py_ssize_t i = 1; i <= count; i++) down += v[i * step] < v[(i - 1) * step];
    return count ? (double)down / (double)count : NAN;
}

enum { WON = 5, LATE_Q90 = 12, FIGURES = 33 };
static const double won_shares[WON] = {0.1, 0.3, 0.5, 0.7, 0.9};

/* `room` holds 4 n + 1 numbers. */
static void described(const double *y, const double *done, const double *time, Py_ssize_t n,
                      double *room, double *out) {
    double *moves = room, *work = room + n, *sums = room + 3 * n; /* n + 1 of these */
    Py_ssize_t half = n / 2, width = n / 10 > 1 ? n / 10 : 1, count = n - width + 1, lowest = 0;
    Py_ssize_t tail = n > 3 ? (Py_ssize_t)nearbyint(0.15 * (double)n) : 1;
    Py_ssize_t end = n / 4 > 3 ? n / 4 : 3;
    double least = y[0];
    sums[0] = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        sums[i + 1] = i ? sums[i] + y[i] : y[i];
        least = y[i] < least ? y[i] : least;
        if (i) moves[i - 1] = y[i] - y[i - 1];
    }
    double *smooth = sums;
    for (Py_ssize_t i = 0; i < count; i++) {
        smooth[i] = (sums[i + width] - sums[i]) / (double)width;
        if (smooth[i] < smooth[lowest]) lowest = i;
    }
    double top = largest(y, n, y[0]), low = smooth[lowest];
    double size = top > -least ? top : -least;
    double tiny = 1e-9 * (size > 1e-300 ? size : 1e-300);
    double late_noise = noise(moves + half, n - 1 - half, work);
    double sigma = late_noise > tiny ? late_noise : tiny, drop = y[0] - low;
    drop = drop > 0.1 * sigma ? drop : 0.1 * sigma;
    drop = drop > tiny ? drop : tiny;
    Py_ssize_t from = n / 10, early = half - 1 - from;
    double late = mean(y + half, n - half), *away = work + n;
    less(y + half, late, n - half, away);
    double power = product(away, away, n - half, work);
    double memory = product(away + 1, away, n - half - 1, work);
    double told[FIGURES] = {
        mean(y, n), mean(y + n - tail, tail), deviation(y + n - tail, tail, work),
        part(y, n, 0.2, 0.35), part(y, n, 0.5, 0.65), part(y, n, 0.7, 0.85),
        late, power, memory, top + 0.0, least + 0.0, largest(y + half, n - half, y[half]) + 0.0,
        0, low, done[lowest + width - 1], tiny, sigma, drop,
        noise(moves + from, early, work), late_noise, noise(moves + n - end, end - 1, work),
        largest(moves, n - 1, moves[0]) + 0.0, largest(moves + half, n - 1 - half, 0),
        falling(smooth, count, 1), falling(smooth, count, count / 20 > 1 ? count / 20 : 1),
    };
    memcpy(work, y + half, (size_t)(n - half) * sizeof *work);
    told[LATE_Q90] = ranked(work, n - half, (Py_ssize_t)(0.9 * (double)(n - half - 1))) + 0.0;
    Py_ssize_t at = 0, timed = FIGURES - 3;
    for (int k = 0; k < WON; k++) {
        while (at < count - 1 && !(-smooth[at] >= won_shares[k] * drop - y[0])) at++;
        told[FIGURES - 3 - WON + k] = done[at + width - 1];
        if (k == 1 || k >= 3) told[timed++] = time[at + width - 1];
    }
    memcpy(out, told, sizeof told);
}

/* descent(loss, done, time, out) */
PyObject *descent(PyObject *module, PyObject *args) {
    PyObject *arrays[4];
    Py_ssize_t n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3]))
        return NULL;
    Held held = {.count = 0};
    const double *y = given(&held, arrays[0], 'd', &n);
    const double *done = y ? given(&held, arrays[1], 'd', &n) : NULL;
    const double *time = done ? given(&held, arrays[2], 'd', &n) : NULL;
    double *out = time ? wanted(&held, arrays[3], 'd', FIGURES) : NULL;
    if (out && n < 3) PyErr_SetString(PyExc_ValueError, "a descent takes three losses");
    double *room = out && n >= 3 ? PyMem_Malloc((4 * (size_t)n + 1) * sizeof *room) : NULL;
    if (room) described(y, done, time, n, room, out);
    else if (!PyErr_Occurred()) PyErr_NoMemory();
    PyMem_Free(room);
    return give_back(&held);
}
