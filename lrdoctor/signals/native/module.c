/* lrdoctor.signals._compiled: see _compiled.pyi for what its functions take and give. */
#include "arrays.h"

static PyMethodDef methods[] = {
    {"cells", cells, METH_VARARGS, "Means of groups of a series."},
    {"descent", descent, METH_VARARGS, "What a loss curve did as a whole."},
    {"figures", figures, METH_VARARGS, "The figures of one log."},
    {"fitted_curves", fitted_curves, METH_VARARGS, "Fits of exponentials and powers."},
    {"fitted_line", fitted_line, METH_VARARGS, "The line of least squares."},
    {"shares", shares, METH_VARARGS, "Shares of the steps and of the cumulative rate."},
    {"expected_windows", expected_windows, METH_VARARGS, "How likely windows are by experts."},
    {"mixed_windows", mixed_windows, METH_VARARGS, "The experts' densities, mixed."},
    {"window_margins", window_margins, METH_VARARGS, "Where windows begin and end."},
    {"centred_logits", centred_logits, METH_VARARGS, "Logits less the highest of each net."},
    {"averaged_edges", averaged_edges, METH_VARARGS, "Where nets place edges, and how sure."},
    {"averaged_shares", averaged_shares, METH_VARARGS, "The mean of what nets tell."},
    {"regressed", regressed, METH_VARARGS, "Shapes fitted to rates."},
    {"missed_by", missed_by, METH_VARARGS, "By how much rates are missed."},
    {"explained", explained, METH_VARARGS, "How far values lie from their mean and a fit."},
    {"points", points, METH_VARARGS, "Rates made ready for fitting."},
    {"level_borders", level_borders, METH_VARARGS, "Where runs of equal rates begin."},
    {"printed_digits", printed_digits, METH_VARARGS, "How many digits rates are printed with."},
    {"level", level, METH_VARARGS, "Where a noisy curve stands."},
    {"noise", bare_noise, METH_VARARGS, "How ragged a curve is."},
    {"newest", newest, METH_VARARGS, "Which point of another metric was the newest."},
    {"best", best, METH_VARARGS, "The lowest so far."},
    {"peak", peak, METH_VARARGS, "The highest so far."},
    {"streak", streak, METH_VARARGS, "For how many points in a row it has held."},
    {"moments", moments, METH_VARARGS, "Mean and deviation of the newest part."},
    {"turning", turning, METH_VARARGS, "Where a curve turns."},
    {NULL, NULL, 0, NULL},
};

static int setup(PyObject *module) {
    return PyModule_AddIntConstant(module, "SOURCES", LRDOCTOR_SOURCES);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)setup}, {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_compiled", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__compiled(void) { return PyModuleDef_Init(&definition); }
