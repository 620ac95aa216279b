# Accuracy against latency: digits-cnn
# Run in this folder: gnuplot accuracy-latency-digits-cnn-batch-32.gp
set encoding utf8
points = 'accuracy-latency-digits-cnn-batch-32.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,560 font 'DejaVu Sans,12' background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-32.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1120 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-32.png'
}
reset
set lmargin at screen 0.08889; set rmargin at screen 0.97333; set bmargin at screen 0.16786; set tmargin at screen 0.85
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Accuracy against latency: digits-cnn' at screen 0.01778, screen 0.96071 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 32, single-stream' at screen 0.01778, screen 0.92143 left front font ',11' textcolor rgb '#555555'
set xrange [1.4853621401059451:956.798109448671] noextend
set logscale x
set xtics ('2.0' 2.0, '5.0' 5.0, '10' 10.0, '20' 20.0, '50' 50.0, '100' 100.0, '200' 200.0, '500' 500.0)
set yrange [92.83876128967479:100.07584532059292] noextend
unset logscale y
set ytics ('93' 93.0, '94' 94.0, '95' 95.0, '96' 96.0, '97' 97.0, '98' 98.0, '99' 99.0, '100' 100.0)
set xlabel 'median latency of one inference, µs (logarithmic)'
set ylabel 'top-1 accuracy, %' offset -0.5,0
set label 'baseline' at screen 0.92204, screen 0.79895 center front font ',12' textcolor rgb '#000000'
set label 'dynamic-int8' at screen 0.82447, screen 0.79895 center front font ',12' textcolor rgb '#000000'
set label 'int8' at screen 0.78956, screen 0.74513 center front font ',12' textcolor rgb '#000000'
set label 'float16' at screen 0.91614, screen 0.75038 center front font ',12' textcolor rgb '#000000'
set label 'pruned-80-tuned' at screen 0.8804, screen 0.61219 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.8804, screen 0.70648 to screen 0.8804, screen 0.62648 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'half-width' at screen 0.7739, screen 0.62974 center front font ',12' textcolor rgb '#000000'
set label 'compressed' at screen 0.82569, screen 0.69598 center front font ',12' textcolor rgb '#000000'
set label 'hashed-8' at screen 0.93191, screen 0.70891 center front font ',12' textcolor rgb '#000000'
set label 'small' at screen 0.21228, screen 0.38458 center front font ',12' textcolor rgb '#000000'
set label 'student' at screen 0.21822, screen 0.32357 center front font ',12' textcolor rgb '#000000'
set label 'half-width-int8' at screen 0.60727, screen 0.65402 center front font ',12' textcolor rgb '#000000'
set label 'below the picture: pruned-80 (61.1 %)' at screen 0.01778, screen 0.8875 left front font ',10' textcolor rgb '#555555'
set arrow from screen 0.20262, screen 0.02857 to screen 0.24262, screen 0.02857 nohead front dashtype 2 linewidth 1.6 linecolor rgb '#009E73'
set label 'Pareto front' at screen 0.24929, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.36676, screen 0.02857 front point pointtype 13 pointsize 1.0 linecolor rgb '#000000'
set label 'baseline' at screen 0.38453, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.47682, screen 0.02857 front point pointtype 7 pointsize 0.9 linecolor rgb '#0072B2'
set label 'on the front' at screen 0.4946, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.60803, screen 0.02857 front point pointtype 6 pointsize 0.9 linecolor rgb '#D55E00'
set label 'others (all bars: 95 % intervals)' at screen 0.62581, screen 0.02857 left front font ',11' textcolor rgb '#000000'
plot points every :::0::0 using 1:4 with steps linewidth 1.6 dashtype 2 linecolor rgb '#009E73', points every :::1::1 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#000000', points every :::1::1 using 1:4 with points pointtype 13 pointsize 1.0 linecolor rgb '#000000', points every :::2::2 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#0072B2', points every :::2::2 using 1:4 with points pointtype 7 pointsize 0.9 linecolor rgb '#0072B2', points every :::3::3 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#D55E00', points every :::3::3 using 1:4 with points pointtype 6 pointsize 0.9 linecolor rgb '#D55E00'
unset output
}
