"""The rota as the sync engine's replica: absorbing what people did in calendars, drawing what should be there."""
