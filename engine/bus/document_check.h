/*
 * document_check.h - whether what an operator wrote has the shape it should have.
 *
 * The JSON Schemas below config/schema are built in, compiled on first use and judge the documents
 * like any event; a fault becomes a diagnostic with file, line, column and JSON Pointer. What a
 * schema cannot say (whether a filter is one, whether a name is taken) is for who reads the values.
 */
#ifndef EB_BUS_DOCUMENT_CHECK_H
#define EB_BUS_DOCUMENT_CHECK_H

#include <stdbool.h>

#include "base/diag.h"
#include "json/doc.h"

enum eb_document_kind {
    EB_DOCUMENT_SETTINGS,
    EB_DOCUMENT_CONTRACT,
    EB_DOCUMENT_RULE,
    EB_DOCUMENT_SUBJECT,
    EB_DOCUMENT_TEST,
};

/* Serves one thread, any number of documents. */
struct eb_document_checker;

/* Given: free it. NULL without memory, which is then in `diags`. */
struct eb_document_checker *eb_document_checker_new(struct eb_diag_list *diags);
void eb_document_checker_free(struct eb_document_checker *checker);

/* False when `doc` is not a document of `kind`, or when memory ran out; `diags` says which. */
bool eb_document_check(struct eb_document_checker *checker, enum eb_document_kind kind,
    const struct eb_doc *doc, struct eb_diag_list *diags);

#endif
