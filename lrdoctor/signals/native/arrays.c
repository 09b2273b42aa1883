/* Arrays that Python hands over: of which type, how long, and until when. */
#include "arrays.h"

static void *hold(Held *held, PyObject *array, char kind, int writable, Py_ssize_t *n) {
    if (held->count == MOST_ARRAYS) {
        PyErr_SetString(PyExc_SystemError, "too many arrays");
        return NULL;
    }
    Py_buffer *view = &held->views[held->count];
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(array, view, flags) < 0) return NULL;
    held->count++;
    const char *format = view->format ? view->format : "B";
    int alike = format[0] == kind || (kind == 'l' && format[0] == 'q'); /* both may be int64 */
    if (!alike || format[1] || view->itemsize != (kind == '?' ? 1 : 8)) {
        PyErr_Format(PyExc_TypeError, "an array of type %s, not %c", format, kind);
        return NULL;
    }
    Py_ssize_t count = view->len / view->itemsize;
    if (*n != ANY && *n != count) {
        PyErr_Format(PyExc_ValueError, "an array of %zd items, not %zd", count, *n);
        return NULL;
    }
    *n = count;
    return view->buf;
}

const void *given(Held *held, PyObject *array, char kind, Py_ssize_t *n) {
    return hold(held, array, kind, 0, n);
}

void *wanted(Held *held, PyObject *array, char kind, Py_ssize_t n) {
    return hold(held, array, kind, 1, &n);
}

PyObject *give_back(Held *held) {
    while (held->count) PyBuffer_Release(&held->views[--held->count]);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

PyObject *answer(Held *held, PyObject *result) {
    PyObject *none = give_back(held);
    if (!none || !result) {
        Py_XDECREF(result);
        return none;
    }
    Py_DECREF(none);
    return result;
}
