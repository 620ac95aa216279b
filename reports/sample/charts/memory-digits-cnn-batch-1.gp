# Memory: digits-cnn
# Run in this folder: gnuplot memory-digits-cnn-batch-1.gp
set encoding utf8
bars = 'memory-digits-cnn-batch-1.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,526 font 'DejaVu Sans,12' background '#ffffff'
set output 'memory-digits-cnn-batch-1.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1052 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'memory-digits-cnn-batch-1.png'
}
reset
set lmargin at screen 0.14067; set rmargin at screen 0.97333; set bmargin at screen 0.1711; set tmargin at screen 0.85551
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Memory: digits-cnn' at screen 0.01778, screen 0.95817 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 1, single-stream' at screen 0.01778, screen 0.91635 left front font ',11' textcolor rgb '#555555'
set xrange [0:14.353041873512836] noextend
set xtics (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0)
set yrange [-11.5:0.5] noextend
set ytics ('baseline' 0, 'dynamic-int8' -1, 'int8' -2, 'float16' -3, 'pruned-80' -4, 'pruned-80-tuned' -5, 'half-width' -6, 'compressed' -7, 'hashed-8' -8, 'small' -9, 'student' -10, 'half-width-int8' -11) scale 0
set grid noytics
set xlabel 'resident size above that before the load, MB'
set label '12.2 MB' at screen 0.85822, screen 0.827 left front font ',11' textcolor rgb '#555555'
set label '12.2 MB  (1.00x)' at screen 0.85608, screen 0.76996 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.96x)' at screen 0.8309, screen 0.71293 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.97x)' at screen 0.83517, screen 0.65589 left front font ',11' textcolor rgb '#555555'
set label '11.9 MB  (0.98x)' at screen 0.84159, screen 0.59886 left front font ',11' textcolor rgb '#555555'
set label '11.9 MB  (0.98x)' at screen 0.84159, screen 0.54183 left front font ',11' textcolor rgb '#555555'
set label '11.3 MB  (0.93x)' at screen 0.80499, screen 0.48479 left front font ',11' textcolor rgb '#555555'
set label '11.9 MB  (0.98x)' at screen 0.84159, screen 0.42776 left front font ',11' textcolor rgb '#555555'
set label '12.0 MB  (0.98x)' at screen 0.84254, screen 0.37072 left front font ',11' textcolor rgb '#555555'
set label '10.9 MB  (0.89x)' at screen 0.77957, screen 0.31369 left front font ',11' textcolor rgb '#555555'
set label '10.9 MB  (0.89x)' at screen 0.77957, screen 0.25665 left front font ',11' textcolor rgb '#555555'
set label '11.7 MB  (0.96x)' at screen 0.82828, screen 0.19962 left front font ',11' textcolor rgb '#555555'
set label '' at screen 0.3612, screen 0.03042 front point pointtype 5 pointsize 1.0 linecolor rgb '#CCE3F0'
set label 'peak' at screen 0.37898, screen 0.03042 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.44707, screen 0.03042 front point pointtype 5 pointsize 1.0 linecolor rgb '#56B4E9'
set label 'after the first inference' at screen 0.46484, screen 0.03042 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.65846, screen 0.03042 front point pointtype 5 pointsize 1.0 linecolor rgb '#0072B2'
set label 'after loading' at screen 0.67623, screen 0.03042 left front font ',11' textcolor rgb '#000000'
plot bars every :::0::0 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#CCE3F0' fillstyle solid 1 noborder, bars every :::1::1 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#56B4E9' fillstyle solid 1 noborder, bars every :::2::2 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#0072B2' fillstyle solid 1 noborder
unset output
}
