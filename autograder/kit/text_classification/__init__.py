"""Classification of texts into two classes, film reviews as a rule: files, tokens, data, and recurrent classifiers."""
