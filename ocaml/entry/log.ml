type 'a t = { lock : Mutex.t; mutable newest_first : 'a list }

let create () = { lock = Mutex.create (); newest_first = [] }

let add log item =
  Mutex.lock log.lock;
  log.newest_first <- item :: log.newest_first;
  Mutex.unlock log.lock

let items log =
  Mutex.lock log.lock;
  let newest_first = log.newest_first in
  Mutex.unlock log.lock;
  List.rev newest_first
