"""Whether a submission's own model classes learn: trained by the judge's recipe, scored on hidden labels."""
