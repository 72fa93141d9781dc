-- compatible
-- The pieces of three characters of a name in lower case, each as one number: names that contain a text are among
-- those that have all of its pieces. Arrays have an index in every PostgreSQL, without an extension that an operator
-- would have to allow. Names are ASCII (a check of the table).
create function crds.name_grams(name text) returns integer[] language plpgsql immutable strict parallel safe as $$
declare
  grams integer[] := '{}';
  bytes bytea := convert_to(lower(name collate "C"), 'UTF8');
begin
  for at in 0 .. length(bytes) - 3 loop
    grams := grams || ((get_byte(bytes, at) << 16) | (get_byte(bytes, at + 1) << 8) | get_byte(bytes, at + 2));
  end loop;
  return grams;
end
$$;

-- Kept with the row: working them out again for each row that is looked at would cost more than reading all names.
alter table crds.file add column name_grams integer[] not null generated always as (crds.name_grams(name)) stored;
create index file_name_grams_idx on crds.file using gin (name_grams);
analyze crds.file;
