/* The rows of a trace: what ../../learning_rate/cells.py and trace.py do, without their arrays. */
#include "statistic.h"

/* Means over groups that begin at these borders, and each group's last step. Returns 0 where the
 * borders are none. `room` holds n numbers. */
static int grouped(const double *values, const int64_t *steps, Py_ssize_t n, const int64_t *borders,
                   Py_ssize_t groups, double *room, double *out, double *at) {
    double high = largest(values, n, values[0]), low = values[0];
    for (Py_ssize_t i = 1; i < n; i++) low = values[i] < low ? values[i] : low;
    double scale = high > -low ? high : -low;
    scale = scale > 1 ? scale : 1;
    for (Py_ssize_t i = 0; i < n; i++) room[i] = values[i] / scale;
    for (Py_ssize_t g = 0; g < groups; g++) {
        int64_t from = borders[g], to = g + 1 < groups ? borders[g + 1] : n;
        if (from < 0 || from >= to || to > n) return 0;
        double sum = room[from] + paired(room + from + 1, to - from - 1);
        out[g] = sum / (double)(to - from) * scale;
        at[g] = (double)steps[to - 1];
    }
    return 1;
}

/* cells(values, steps, borders, out, at) */
PyObject *cells(PyObject *module, PyObject *args) {
    PyObject *arrays[5];
    Py_ssize_t n = ANY, groups = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                          &arrays[4]))
        return NULL;
    Held held = {.count = 0};
    const double *values = given(&held, arrays[0], 'd', &n);
    const int64_t *steps = values ? given(&held, arrays[1], 'l', &n) : NULL;
    const int64_t *borders = steps ? given(&held, arrays[2], 'l', &groups) : NULL;
    double *out = borders ? wanted(&held, arrays[3], 'd', groups) : NULL;
    double *at = out ? wanted(&held, arrays[4], 'd', groups) : NULL;
    if (at && n > 0) {
        double *room = PyMem_Malloc((size_t)n * sizeof *room);
        if (!room) PyErr_NoMemory();
        else if (!grouped(values, steps, n, borders, groups, room, out, at))
            PyErr_SetString(PyExc_ValueError, "borders rise from 0 to below the end");
        PyMem_Free(room);
    }
    return give_back(&held);
}

/* The rate at each row, in between along a line; before the first and beyond the last it holds. */
static void interpolated(const double *at, Py_ssize_t n, const double *steps, const double *rates,
                         Py_ssize_t m, double *out) {
    for (Py_ssize_t i = 0, k = 0; i < n; i++) {
        if (at[i] < steps[k]) k = 0;
        while (k + 1 < m && steps[k + 1] <= at[i]) k++;
        out[i] = rates[k];
        if (at[i] > steps[k] && k + 1 < m) {
            double slope = (rates[k + 1] - rates[k]) / (steps[k + 1] - steps[k]);
            out[i] = slope * (at[i] - steps[k]) + rates[k];
        }
    }
}

/* Shares of the steps and of the cumulative rate at each row. There is a row; `room` holds n. */
static void shared(const double *at, Py_ssize_t n, const double *steps, const double *rates,
                   Py_ssize_t m, double *room, double *time, double *done) {
    for (Py_ssize_t i = 1; i < n; i++) time[i] = at[i] - at[i - 1];
    double usual = n > 1 ? median(time + 1, n - 1, room) : 1;
    double first = at[0] > 0 && at[0] < usual ? at[0] : usual;
    room[0] = first > 1e-9 ? first : 1e-9; /* how wide each row is */
    for (Py_ssize_t i = 1; i < n; i++) room[i] = at[i] > at[i - 1] ? at[i] - at[i - 1] : 0;
    if (m) interpolated(at, n, steps, rates, m, done);
    double top = m ? largest(done, n, done[0]) : 0, passed = 0, spent = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        double rate = top > 0 ? done[i] / top : 1;
        time[i] = passed += room[i];
        done[i] = spent += room[i] * (rate > 1e-9 ? rate : 1e-9);
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        time[i] /= passed;
        done[i] /= spent;
    }
}

/* shares(at, steps, rates, time, done) */
PyObject *shares(PyObject *module, PyObject *args) {
    PyObject *arrays[5];
    Py_ssize_t n = ANY, m = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                          &arrays[4]))
        return NULL;
    Held held = {.count = 0};
    const double *at = given(&held, arrays[0], 'd', &n);
    const double *steps = at ? given(&held, arrays[1], 'd', &m) : NULL;
    const double *rates = steps ? given(&held, arrays[2], 'd', &m) : NULL;
    double *time = rates ? wanted(&held, arrays[3], 'd', n) : NULL;
    double *done = time ? wanted(&held, arrays[4], 'd', n) : NULL;
    if (done && n > 0) {
        double *room = PyMem_Malloc((size_t)n * sizeof *room);
        if (room) shared(at, n, steps, rates, m, room, time, done);
        else PyErr_NoMemory();
        PyMem_Free(room);
    }
    return give_back(&held);
}
