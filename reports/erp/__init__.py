"""Files for machines: payouts in the format of an ERP, bank transfers, journal, manifest."""
