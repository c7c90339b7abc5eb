"""Sheets as clerks keep them: people, organisations and vehicles, in CSV and XLSX, in and out."""
