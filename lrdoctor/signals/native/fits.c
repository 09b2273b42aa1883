/* Least squares against the way gone: ../../learning_rate/fits.py without its arrays. */
#include "fits.h"
#include "statistic.h"

/* Of each pace the shape, in a row of its own. */
static void shaped(const double *slow, const double *flat, Py_ssize_t n, double *rows) {
    double *power = rows + DECAYS * n;
    for (Py_ssize_t i = 0; i < n; i++) {
        double decay[DECAYS] = {slow[i]}, third = flat[i] * flat[i] * flat[i];
        for (int k = 1; k < DECAYS - 1; k++) decay[k] = decay[k - 1] * decay[k - 1];
        decay[DECAYS - 1] = decay[DECAYS - 2] * decay[DECAYS - 2] * decay[DECAYS - 3];
        for (int k = 0; k < DECAYS; k++) rows[k * n + i] = decay[k];
        power[i] = flat[i];
        power[n + i] = third;
        power[2 * n + i] = third * third;
        power[3 * n + i] = third * third * third * flat[i];
    }
}

void fitted(const double *slow, const double *flat, const double *loss, Py_ssize_t n, double *room,
            double *means, double *height, double *misfit) {
    double *work = room + PACES * n, all = product(loss, loss, n, work);
    shaped(slow, flat, n, room);
    for (int k = 0; k < PACES; k++) {
        double *shape = room + k * n;
        means[k] = mean(shape, n);
        less(shape, means[k], n, shape);
        double along = product(shape, loss, n, work), power = product(shape, shape, n, work);
        height[k] = along / (power > 1e-12 ? power : 1e-12);
        double left = all - height[k] * along;
        misfit[k] = sqrt((left > 0 ? left : 0) / (double)n);
    }
}

/* fitted_curves(slow, flat, loss, means, height, misfit) */
PyObject *fitted_curves(PyObject *module, PyObject *args) {
    PyObject *arrays[6];
    Py_ssize_t n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                          &arrays[4], &arrays[5]))
        return NULL;
    Held held = {.count = 0};
    const double *slow = given(&held, arrays[0], 'd', &n);
    const double *flat = slow ? given(&held, arrays[1], 'd', &n) : NULL;
    const double *loss = flat ? given(&held, arrays[2], 'd', &n) : NULL;
    double *means = loss ? wanted(&held, arrays[3], 'd', PACES) : NULL;
    double *height = means ? wanted(&held, arrays[4], 'd', PACES) : NULL;
    double *misfit = height ? wanted(&held, arrays[5], 'd', PACES) : NULL;
    double *room = misfit ? PyMem_Malloc(((PACES + 1) * (size_t)n + 1) * sizeof *room) : NULL;
    if (room) fitted(slow, flat, loss, n, room, means, height, misfit);
    else if (misfit) PyErr_NoMemory();
    PyMem_Free(room);
    return give_back(&held);
}

Line line_through(const double *x, const double *y, Py_ssize_t n, double *room) {
    double *u = room, *v = room + n, *work = v + n;
    less(x, mean(x, n), n, u);
    less(y, mean(y, n), n, v);
    double spread = product(u, u, n, work);
    double slope = spread > 0 ? product(u, v, n, work) / spread : 0;
    for (Py_ssize_t i = 0; i < n; i++) v[i] -= slope * u[i];
    return (Line){slope, spread, product(v, v, n, work)};
}

/* fitted_line(x, y): slope, spread, what is left */
PyObject *fitted_line(PyObject *module, PyObject *args) {
    PyObject *x, *y;
    PyObject *result = NULL;
    Py_ssize_t n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO", &x, &y)) return NULL;
    Held held = {.count = 0};
    const double *across = given(&held, x, 'd', &n), *along = NULL;
    if (across) along = given(&held, y, 'd', &n);
    double *room = along ? PyMem_Malloc((3 * (size_t)n + 1) * sizeof *room) : NULL;
    if (room) {
        Line line = line_through(across, along, n, room);
        result = Py_BuildValue("ddd", line.slope, line.spread, line.left);
        PyMem_Free(room);
    } else if (along) PyErr_NoMemory();
    return answer(&held, result);
}
