/* lrdoctor.readers._compiled: see _compiled.pyi for what its functions take and give. */
#include "compiled.h"

static PyMethodDef methods[] = {
    {"gathered", gathered, METH_NOARGS, "Where an event file's scalars are gathered."},
    {"events", events, METH_VARARGS, "Scalars of an event file's whole records."},
    {"told", told_points, METH_O, "The scalars gathered."},
    {"figures", figures, METH_VARARGS, "Lines of numbers as columns."},
    {"objects", objects, METH_VARARGS, "Lines of JSON objects as columns."},
    {"row", (PyCFunction)(void (*)(void))row, METH_FASTCALL, "One line of numbers."},
    {NULL, NULL, 0, NULL},
};

static int setup(PyObject *module) {
    crc_setup();
    events_setup();
    return PyModule_AddIntConstant(module, "SOURCES", LRDOCTOR_SOURCES);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)setup}, {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_compiled", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__compiled(void) { return PyModuleDef_Init(&definition); }
