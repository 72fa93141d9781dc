-- compatible
-- Why the rules of a mapping cannot be used, "line:column: expected …"; empty when they can. Such a file is kept all
-- the same: clients that ask for it get what was published.
alter table crds.file add column fault text not null default '';
create index file_fault_idx on crds.file (observatory) where fault <> '';
