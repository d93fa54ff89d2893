let available = Ok ()

type 'a t = 'a Domain.t

let spawn = Domain.spawn
let join = Domain.join

let join_all domains =
  let outcome d = match join d with () -> None | exception e -> Some e in
  let failures = List.filter_map outcome domains in
  List.iter raise failures

module Chan = Domainslib.Chan
