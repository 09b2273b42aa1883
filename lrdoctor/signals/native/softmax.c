/* What several nets tell together: what ../../learning_rate/model.py makes of their logits. */
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

/* The mean over the nets of what each tells, for each of the rows. */
static void averaged(const double *powers, Py_ssize_t rows, Py_ssize_t nets, double *out) {
    for (Py_ssize_t i = 0; i < rows; i++, powers += nets * CLASSES, out += CLASSES) {
        double sums[CLASSES] = {0};
        for (Py_ssize_t net = 0; net < nets; net++) {
            const double *one = powers + net * CLASSES;
            double all = one[0] + one[1] + one[2];
            for (int k = 0; k < CLASSES; k++) sums[k] += one[k] / all;
        }
        for (int k = 0; k < CLASSES; k++) out[k] = sums[k] / (double)nets;
    }
}

/* averaged_shares(powers, nets, out) */
PyObject *averaged_shares(PyObject *module, PyObject *args) {
    PyObject *array, *out;
    Py_ssize_t nets, n = ANY, told = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OnO", &array, &nets, &out)) return NULL;
    Held held = {.count = 0};
    const double *powers = given(&held, array, 'd', &n);
    if (powers && given(&held, out, 'd', &told)) {
        double *to = wanted(&held, out, 'd', told);
        int fits = nets >= 1 && nets <= n && told % CLASSES == 0 && told * nets == n;
        if (to && fits) averaged(powers, told / CLASSES, nets, to);
        else if (to) PyErr_SetString(PyExc_ValueError, "not as many powers as nets have classes");
    }
    return give_back(&held);
}

enum { EDGES = 6 };

/* The mean over the nets of where the edges are, each net's followed by as many logarithms, and
 * the deviation of all: of those that the nets tell, squared in `unsure`, and of the nets. */
static void placed(const double *told, const double *unsure, const double *widening,
                   Py_ssize_t rows, Py_ssize_t nets, double *place, double *sigma) {
    for (Py_ssize_t i = 0; i < rows * EDGES; i++) {
        Py_ssize_t row = i / EDGES, edge = i % EDGES;
        const double *own = told + row * nets * 2 * EDGES + edge;
        const double *wide = unsure + row * nets * EDGES + edge;
        double sum = own[0], spread = 0;
        for (Py_ssize_t k = 1; k < nets; k++) sum += own[k * 2 * EDGES];
        place[i] = sum / (double)nets;
        for (Py_ssize_t k = 0; k < nets; k++) {
            double away = own[k * 2 * EDGES] - place[i], both = wide[k * EDGES] + away * away;
            spread = k ? spread + both : both;
        }
        sigma[i] = widening[edge] * sqrt(spread / (double)nets);
    }
}

/* averaged_edges(told, unsure, widening, place, sigma) */
PyObject *averaged_edges(PyObject *module, PyObject *args) {
    PyObject *arrays[5];
    Py_ssize_t n = ANY, half = ANY, all = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                          &arrays[4]))
        return NULL;
    Held held = {.count = 0};
    Py_ssize_t edges = EDGES;
    const double *told = given(&held, arrays[0], 'd', &n);
    const double *unsure = told ? given(&held, arrays[1], 'd', &half) : NULL;
    const double *widening = unsure ? given(&held, arrays[2], 'd', &edges) : NULL;
    if (widening && given(&held, arrays[3], 'd', &all)) {
        double *place = wanted(&held, arrays[3], 'd', all);
        double *sigma = place ? wanted(&held, arrays[4], 'd', all) : NULL;
        int fits = all > 0 && all % EDGES == 0 && half > 0 && half % all == 0 && n == 2 * half;
        if (sigma && fits)
            placed(told, unsure, widening, all / EDGES, half / all, place, sigma);
        else if (sigma) PyErr_SetString(PyExc_ValueError, "not as many edges as nets tell");
    }
    return give_back(&held);
}
