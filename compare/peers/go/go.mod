module chanpatterns/compare/peers/go

go 1.19
