/* Running order statistics: what ../level.py does, with one sorted window. */
#include "arrays.h"

static const Py_ssize_t widths[] = {3, 5, 9, 17, 33, 65};
enum { WIDTHS = sizeof widths / sizeof *widths, WIDEST = 65 };

/* How many of so many sorted values are below this one: a search without a branch to guess. */
static Py_ssize_t below(const double *sorted, Py_ssize_t count, double value) {
    const double *from = sorted;
    for (; count > 1; count -= count / 2) from += from[count / 2 - 1] < value ? count / 2 : 0;
    return from - sorted + (count == 1 && *from < value);
}

/* Of each so many values, the newest of which are those [from, to), the one of this rank. What is
 * not a number has no place; then the figures say nothing, but `at` stays within the window. */
static void ranked(const double *values, double *out, Py_ssize_t from, Py_ssize_t to,
                   Py_ssize_t width, Py_ssize_t rank) {
    double window[WIDEST + 1];
    const double *oldest = values + from - width + 1;
    for (Py_ssize_t size = 0; size < width; size++) {
        Py_ssize_t at = below(window, size, oldest[size]);
        memmove(window + at + 1, window + at, (size_t)(size - at) * sizeof *window);
        window[at] = oldest[size];
    }
    for (Py_ssize_t i = from;;) {
        out[i] = window[rank] + 0.0; /* a zero has one sign only */
        if (++i == to) return;
        double come = values[i];
        Py_ssize_t at = below(window, width, *oldest++);
        for (; at + 1 < width && window[at + 1] < come; at++) window[at] = window[at + 1];
        for (; at > 0 && window[at - 1] > come; at--) window[at] = window[at - 1];
        window[at] = come;
    }
}

/* The index from which on windows are so wide. */
static Py_ssize_t begin(Py_ssize_t width, double share, Py_ssize_t n) {
    double points = ceil((double)width / share);
    if (width == widths[0]) return widths[0] - 1;
    return points > (double)n ? n : points < (double)width ? width - 1 : (Py_ssize_t)points - 1;
}

static void levels(const double *values, double *out, Py_ssize_t n, double share, Py_ssize_t most,
                   double quantile) {
    if (n > 0) out[0] = values[0] + 0.0;
    if (n > 1) out[1] = 0.5 * values[0] + 0.5 * values[1] + 0.0;
    for (int i = 0; i < WIDTHS && (i == 0 || widths[i] <= most); i++) {
        int last = i + 1 == WIDTHS || widths[i + 1] > most;
        Py_ssize_t from = begin(widths[i], share, n), to = last ? n : begin(widths[i + 1], share, n);
        Py_ssize_t rank = (Py_ssize_t)(quantile * (double)widths[i]);
        if (rank >= widths[i]) rank = widths[i] - 1; /* just below one, rounded */
        if (from < to) ranked(values, out, from, to, widths[i], rank);
    }
}

/* level(values, out, share, most, quantile) */
PyObject *level(PyObject *module, PyObject *args) {
    PyObject *values, *out;
    double share, quantile;
    Py_ssize_t most, n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOdnd", &values, &out, &share, &most, &quantile)) return NULL;
    if (!(share > 0 && quantile >= 0 && quantile < 1)) {
        PyErr_SetString(PyExc_ValueError, "share and quantile are parts of one");
        return NULL;
    }
    Held held = {.count = 0};
    const double *from = given(&held, values, 'd', &n);
    double *to = from ? wanted(&held, out, 'd', n) : NULL;
    if (to) levels(from, to, n, share, most, quantile);
    return give_back(&held);
}
