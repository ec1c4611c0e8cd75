"""What a comparison of models is made of: figures, settings, plots and reports."""
