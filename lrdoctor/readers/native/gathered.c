/* The columns that Python keeps hold of from one piece of a log to the next. */
#include "columns.h"

static const char GATHERED[] = "lrdoctor.readers._compiled.gathered";

Columns *columns_of(PyObject *capsule) { return PyCapsule_GetPointer(capsule, GATHERED); }

static void free_gathered(PyObject *capsule) {
    Columns *all = columns_of(capsule);
    if (all == NULL) return;
    give_back(all);
    PyMem_Free(all);
}

PyObject *gathered(PyObject *module, PyObject *args) {
    (void)module, (void)args;
    Columns *all = PyMem_Calloc(1, sizeof *all);
    if (all == NULL) return PyErr_NoMemory();
    PyObject *capsule = PyCapsule_New(all, GATHERED, free_gathered);
    if (capsule == NULL) PyMem_Free(all);
    return capsule;
}

PyObject *told_points(PyObject *module, PyObject *capsule) {
    (void)module;
    Columns *all = columns_of(capsule);
    if (all == NULL) return NULL;
    Columns taken = *all; /* while Python makes its objects, it may run anything */
    *all = (Columns){.data = NULL};
    PyObject *points = NULL, *columns = told(&taken, &points), *result = NULL;
    if (columns != NULL) result = Py_BuildValue("(OO)", columns, points);
    Py_XDECREF(columns);
    Py_XDECREF(points);
    give_back(&taken);
    return result;
}
