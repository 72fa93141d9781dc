-- compatible
-- Held for its owner, who writes here or renames the file: numbers must have no gap.
select 1;
