CREATE EXTERNAL TABLE clicks (
  id bigint COMMENT 'x, y)',
  `user` string,
  price decimal(10,2),
  at timestamp,
  day date,
  ok boolean,
  tags array<string>,
  props map<string,double>,
  geo struct<lat:double,lon:double>
) PARTITIONED BY (d string) STORED AS PARQUET;
