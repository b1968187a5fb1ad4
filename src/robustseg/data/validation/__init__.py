"""Is a case, and is a cohort, fit for use?"""
