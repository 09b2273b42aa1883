/* The probabilities of several nets: what ../../learning_rate/model.py makes of their logits. */
#include "arrays.h"

enum { CLASSES = 3 };

/* Logits by their temperature, less the highest of each net's; in their place. */
static void centred(double *logits, Py_ssize_t n, double temperature) {
    for (Py_ssize_t i = 0; i + CLASSES <= n; i += CLASSES) {
        double *one = logits + i, most;
        for (int k = 0; k < CLASSES; k++) one[k] /= temperature;
        most = one[0] > one[1] ? one[0] : one[1];
        most = most > one[2] ? most : one[2];
        for (int k = 0; k < CLASSES; k++) one[k] -= most;
    }
}

/* centred_logits(logits, temperature) */
PyObject *centred_logits(PyObject *module, PyObject *args) {
    PyObject *array;
    double temperature;
    Py_ssize_t n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "Od", &array, &temperature)) return NULL;
    Held held = {.count = 0};
    if (given(&held, array, 'd', &n)) {
        double *logits = wanted(&held, array, 'd', n);
        if (logits) centred(logits, n, temperature);
    }
    return give_back(&held);
}

/* The mean over the first so many of the nets of what each tells, for each of the rows. */
static void averaged(const double *powers, Py_ssize_t rows, Py_ssize_t nets, Py_ssize_t first,
                     double *out) {
    for (Py_ssize_t i = 0; i < rows; i++, powers += nets * CLASSES, out += CLASSES) {
        double sums[CLASSES] = {0};
        for (Py_ssize_t net = 0; net < first; net++) {
            const double *one = powers + net * CLASSES;
            double all = one[0] + one[1] + one[2];
            for (int k = 0; k < CLASSES; k++) sums[k] += one[k] / all;
        }
        for (int k = 0; k < CLASSES; k++) out[k] = sums[k] / (double)first;
    }
}

/* averaged_shares(powers, nets, first, out) */
PyObject *averaged_shares(PyObject *module, PyObject *args) {
    PyObject *array, *out;
    Py_ssize_t nets, first, n = ANY, told = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OnnO", &array, &nets, &first, &out)) return NULL;
    Held held = {.count = 0};
    const double *powers = given(&held, array, 'd', &n);
    if (powers && given(&held, out, 'd', &told)) {
        double *to = wanted(&held, out, 'd', told);
        int fits = first >= 1 && first <= nets && nets <= n && told % CLASSES == 0 &&
                   told * nets == n;
        if (to && fits) averaged(powers, told / CLASSES, nets, first, to);
        else if (to) PyErr_SetString(PyExc_ValueError, "not as many powers as nets have classes");
    }
    return give_back(&held);
}
