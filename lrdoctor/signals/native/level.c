/* Running order statistics: what ../level.py does, with a set of places instead of values. */
#include "order.h"

static const size_t widths[] = {3, 5, 9, 17, 33, 65};
enum { WIDTHS = sizeof widths / sizeof *widths };

static void put(uint64_t *set, size_t place) { set[place / 64] |= (uint64_t)1 << place % 64; }
static void drop(uint64_t *set, size_t place) { set[place / 64] &= ~((uint64_t)1 << place % 64); }

/* The first place of the set from there on, and the last one before; there must be one. */
static size_t next(const uint64_t *set, size_t from) {
    size_t word = from / 64;
    uint64_t bits = set[word] & ~(uint64_t)0 << from % 64;
    while (!bits) bits = set[++word];
    return 64 * word + (size_t)__builtin_ctzll(bits);
}

static size_t former(const uint64_t *set, size_t before) {
    size_t word = before / 64;
    uint64_t bits = set[word] & (((uint64_t)1 << before % 64) - 1);
    while (!bits) bits = set[--word];
    return 64 * word + 63 - (size_t)__builtin_clzll(bits);
}

/* Of each so many values, the newest of which are those [from, to), the one of this rank. */
static void ranked(const Order *order, uint64_t *set, double *out, size_t from, size_t to,
                   size_t width, size_t rank) {
    const uint32_t *places = order->places;
    for (size_t i = from + 1 - width; i <= from; i++) put(set, places[i]);
    size_t at = next(set, 0);
    for (size_t i = 0; i < rank; i++) at = next(set, at + 1);
    for (size_t i = from;;) {
        out[i] = order->sorted[at];
        if (++i == to) break;
        size_t come = places[i], gone = places[i - width];
        put(set, come);
        drop(set, gone);
        /* How many lie below it has changed by one at most. */
        int more = (come < at) - (gone < at);
        if (more > 0) at = former(set, at);
        else if (more < 0 || gone == at) at = next(set, at + 1);
    }
    for (size_t i = to - width; i < to; i++) drop(set, places[i]);
}

/* The index from which on windows are so wide, n at the most. */
static size_t begin(size_t width, double share, size_t n) {
    double points = ceil((double)width / share);
    if (width == widths[0]) points = (double)width;
    return points > (double)n ? n : points < (double)width ? width - 1 : (size_t)points - 1;
}

static int levels(const double *values, double *out, size_t n, double share, Py_ssize_t most,
                  double quantile) {
    Order order;
    uint64_t *set = PyMem_Calloc(n / 64 + 1, sizeof *set);
    if (set == NULL) return 0;
    if (!in_order(values, n, &order)) {
        PyMem_Free(set);
        return 0;
    }
    if (n > 0) out[0] = values[0] + 0.0;
    if (n > 1) out[1] = 0.5 * values[0] + 0.5 * values[1] + 0.0;
    for (int i = 0; i < WIDTHS && (i == 0 || (Py_ssize_t)widths[i] <= most); i++) {
        int last = i + 1 == WIDTHS || (Py_ssize_t)widths[i + 1] > most;
        size_t from = begin(widths[i], share, n), to = last ? n : begin(widths[i + 1], share, n);
        size_t rank = (size_t)(quantile * (double)widths[i]);
        if (rank >= widths[i]) rank = widths[i] - 1; /* just below one, rounded */
        if (from < to) ranked(&order, set, out, from, to, widths[i], rank);
    }
    PyMem_Free(order.sorted);
    PyMem_Free(set);
    return 1;
}

/* noise(values, out, share, lag, one): the level of second differences over so many, in `one` */
PyObject *bare_noise(PyObject *module, PyObject *args) {
    PyObject *values, *out;
    double share, one;
    Py_ssize_t lag, n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOdnd", &values, &out, &share, &lag, &one)) return NULL;
    if (!(share > 0 && share <= 1 && lag > 0)) {
        PyErr_SetString(PyExc_ValueError, "share is a part of one, lag above 0");
        return NULL;
    }
    Held held = {.count = 0};
    const double *from = given(&held, values, 'd', &n);
    double *to = from ? wanted(&held, out, 'd', n) : NULL;
    size_t first = to && lag < n / 2 + 1 ? 2 * (size_t)lag : (size_t)n;
    if (to && first > (size_t)n) first = (size_t)n;
    double *bends = to ? PyMem_Malloc(((size_t)n - first + 1) * sizeof *bends) : NULL;
    if (bends) {
        for (size_t i = 0; i < first; i++) to[i] = 0;
        for (size_t i = first; i < (size_t)n; i++)
            bends[i - first] = fabs(from[i] - 2 * from[i - (size_t)lag] + from[i - first]);
        if (!levels(bends, to + first, (size_t)n - first, share, PY_SSIZE_T_MAX, 0.5))
            PyErr_NoMemory();
        for (size_t i = first; i < (size_t)n; i++) to[i] /= one;
        PyMem_Free(bends);
    } else if (to) PyErr_NoMemory();
    return give_back(&held);
}

/* level(values, out, share, most, quantile) */
PyObject *level(PyObject *module, PyObject *args) {
    PyObject *values, *out;
    double share, quantile;
    Py_ssize_t most, n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOdnd", &values, &out, &share, &most, &quantile)) return NULL;
    if (!(share > 0 && share <= 1 && quantile >= 0 && quantile < 1)) {
        PyErr_SetString(PyExc_ValueError, "share and quantile are parts of one");
        return NULL;
    }
    Held held = {.count = 0};
    const double *from = given(&held, values, 'd', &n);
    double *to = from ? wanted(&held, out, 'd', n) : NULL;
    if (to && !levels(from, to, (size_t)n, share, most, quantile)) PyErr_NoMemory();
    return give_back(&held);
}
