"""Who may be the same person: probabilities from the data alone, by the model of Fellegi and Sunter (Splink, DuckDB)."""
