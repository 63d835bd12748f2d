;; shows: plain_0
;; The start function is taken out, and exported under a hidden name: it runs under fuel.
(module
  (memory 1)
  (start $start)
  (func $start (loop $forever (br $forever))))
