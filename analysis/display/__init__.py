"""How anything is shown: tables, documents, Word files, figures and their look."""
