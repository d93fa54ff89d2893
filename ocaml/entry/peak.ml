type t = { returned : int Atomic.t; begun : int Atomic.t; peak : int Atomic.t }

let create () =
  { returned = Atomic.make 0; begun = Atomic.make 0; peak = Atomic.make 0 }

let rec raise_to cell n =
  let old = Atomic.get cell in
  if n > old && not (Atomic.compare_and_set cell old n) then raise_to cell n

let sent t =
  let returned = 1 + Atomic.fetch_and_add t.returned 1 in
  raise_to t.peak (returned - Atomic.get t.begun)

let receiving t = Atomic.incr t.begun
let peak t = Atomic.get t.peak
