"""Every write to the portfolio. Apps above push their facts down through here."""
