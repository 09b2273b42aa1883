/* Weighted least squares: what ../../schedules/fitting.py does without its arrays. */
#include "arrays.h"
#include "statistic.h"

/* low + height * shape through the rates, for one shape; w2: the squares of the weights; low: not
 * a number where it is fitted, too; `room` holds 3 n numbers. */
static void through(const double *shape, const double *rates, const double *w2, Py_ssize_t n,
                    double low, double total, double *room, double out[3]) {
    double *centred = room, *target = room + n, *work = room + 2 * n, mean_shape = 0, mean = low;
    if (isnan(low)) {
        mean_shape = product(shape, w2, n, work) / total;
        mean = product(rates, w2, n, work) / total;
    }
    less(shape, mean_shape, n, centred);
    less(rates, mean, n, target);
    for (Py_ssize_t i = 0; i < n; i++) work[i] = centred[i] * (w2[i] * target[i]);
    double along = paired(work, n) + 0.0;
    for (Py_ssize_t i = 0; i < n; i++) work[i] = centred[i] * centred[i] * w2[i];
    double power = paired(work, n) + 0.0, height = along / (power < 1e-30 ? 1e-30 : power);
    for (Py_ssize_t i = 0; i < n; i++) {
        double rest = target[i] - height * centred[i];
        work[i] = rest * rest * w2[i];
    }
    out[0] = mean - height * mean_shape;
    out[1] = height;
    out[2] = sqrt((paired(work, n) + 0.0) / (double)n);
}

/* regressed(shapes, rates, weights, low, out): of each shape the low end, the height and the
 * error, by rows of `out` */
PyObject *regressed(PyObject *module, PyObject *args) {
    PyObject *arrays[4];
    double low;
    Py_ssize_t n = ANY, all = ANY, told = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOdO", &arrays[0], &arrays[1], &arrays[2], &low, &arrays[3]))
        return NULL;
    Held held = {.count = 0};
    const double *shapes = given(&held, arrays[0], 'd', &all);
    const double *rates = shapes ? given(&held, arrays[1], 'd', &n) : NULL;
    const double *weights = rates ? given(&held, arrays[2], 'd', &n) : NULL;
    if (weights && given(&held, arrays[3], 'd', &told)) {
        double *to = wanted(&held, arrays[3], 'd', told);
        Py_ssize_t count = told / 3;
        int fits = told % 3 == 0 && n > 0 && all % n == 0 && all / n == count;
        if (to && !fits) PyErr_SetString(PyExc_ValueError, "not as many shapes as are asked for");
        double *room = to && fits ? PyMem_Malloc(4 * (size_t)n * sizeof *room) : NULL;
        if (room) {
            double *w2 = room + 3 * n, out[3];
            for (Py_ssize_t i = 0; i < n; i++) w2[i] = weights[i] * weights[i];
            double total = paired(w2, n) + 0.0;
            for (Py_ssize_t k = 0; k < count; k++) {
                through(shapes + k * n, rates, w2, n, low, total, room, out);
                for (int i = 0; i < 3; i++) to[i * count + k] = out[i];
            }
            PyMem_Free(room);
        } else if (to && fits) PyErr_NoMemory();
    }
    return give_back(&held);
}

/* missed_by(fitted, rates, weights): root mean square of what is missed, weighed */
PyObject *missed_by(PyObject *module, PyObject *args) {
    PyObject *arrays[3], *result = NULL;
    Py_ssize_t n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO", &arrays[0], &arrays[1], &arrays[2])) return NULL;
    Held held = {.count = 0};
    const double *fitted = given(&held, arrays[0], 'd', &n);
    const double *rates = fitted ? given(&held, arrays[1], 'd', &n) : NULL;
    const double *weights = rates ? given(&held, arrays[2], 'd', &n) : NULL;
    double *room = weights ? PyMem_Malloc((2 * (size_t)n + 1) * sizeof *room) : NULL;
    if (room) {
        for (Py_ssize_t i = 0; i < n; i++) room[i] = (fitted[i] - rates[i]) * weights[i];
        result = PyFloat_FromDouble(sqrt(product(room, room, n, room + n) / (double)n));
        PyMem_Free(room);
    } else if (weights) PyErr_NoMemory();
    return answer(&held, result);
}

/* explained(values, fitted): sums of the squared distances from the mean, and from what is fitted */
PyObject *explained(PyObject *module, PyObject *args) {
    PyObject *arrays[2], *result = NULL;
    Py_ssize_t n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO", &arrays[0], &arrays[1])) return NULL;
    Held held = {.count = 0};
    const double *values = given(&held, arrays[0], 'd', &n);
    const double *fitted = values ? given(&held, arrays[1], 'd', &n) : NULL;
    double *room = fitted ? PyMem_Malloc((2 * (size_t)n + 1) * sizeof *room) : NULL;
    if (room) {
        less(values, mean(values, n), n, room);
        double spread = product(room, room, n, room + n);
        for (Py_ssize_t i = 0; i < n; i++) room[i] = values[i] - fitted[i];
        result = Py_BuildValue("dd", spread, product(room, room, n, room + n));
        PyMem_Free(room);
    } else if (fitted) PyErr_NoMemory();
    return answer(&held, result);
}
