type t = { lock : Mutex.t; opened : Condition.t; mutable is_open : bool }

let create () =
  { lock = Mutex.create (); opened = Condition.create (); is_open = false }

let open_ latch =
  Mutex.lock latch.lock;
  latch.is_open <- true;
  Condition.broadcast latch.opened;
  Mutex.unlock latch.lock

let wait latch =
  Mutex.lock latch.lock;
  while not latch.is_open do
    Condition.wait latch.opened latch.lock
  done;
  Mutex.unlock latch.lock
