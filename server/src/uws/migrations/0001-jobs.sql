-- compatible
create schema uws;
